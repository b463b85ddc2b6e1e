import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import { Exchange } from '../../src/http11/exchange.ts';
import { Link } from '../../src/http11/wire.ts';
import type { LinkOwner } from '../../src/http11/wire-owner.ts';
import { ConnectionError, ConnectionResetError } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { http1Of } from '../../src/runtime/http1.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { Transport } from '../../src/runtime/transport.ts';

/** A link over a pipe in memory, the other end, and what the link tells. */
function create({ repeats = false } = {}) {
	const [near, far] = createMemoryTransports();
	const told: string[] = [];
	for (const name of ['ref', 'unref'] as const) near[name] = () => told.push(name);
	const owner: LinkOwner<Link> = {
		onFree: (link) => {
			told.push('free');
			link.rest();
		},
		onGone: () => told.push('gone'),
		onLost: () => {
			told.push('lost');
			return repeats;
		},
		onBlocked: () => told.push('blocked'),
		onDue: () => {},
	};
	const diagnostics = new Diagnostics({}, runtime).opening('a', 80);
	const link = new Link(
		{ transport: near, forward: null },
		http1Of(runtime),
		runtime,
		DEFAULT_LIMITS,
		owner,
		diagnostics,
	);
	far.start({ onBytes: () => {}, onDrain: () => {}, onEnd: () => far.end(), onClose: () => {} });
	return { link, far, told };
}

function createExchange(method = 'GET', headers = {}): Exchange {
	return new Exchange(createRequest(method, '/', parseHost('http://a'), { headers }), 1);
}

/** When the request was written. */
async function answer(far: Transport, text: string): Promise<void> {
	await turn();
	far.write([Buffer.from(text)]);
	for (let i = 0; i < 10; i++) await turn();
}

const OK = 'HTTP/1.1 204 X\r\n\r\n';

test('it is free again after each exchange, and keeps the process running only between', async () => {
	const { link, far, told } = create();
	assert.equal(link.isFree, true);
	for (let i = 0; i < 2; i++) {
		const exchange = createExchange();
		link.start(exchange);
		assert.deepEqual([link.isFree, link.call?.exchange, link.idleSince], [false, exchange, Number.POSITIVE_INFINITY]);
		await answer(far, OK);
		assert.deepEqual([link.isFree, link.call, exchange.closed], [true, null, true]);
		assert.ok(link.idleSince < Number.POSITIVE_INFINITY);
	}
	assert.deepEqual(told, ['ref', 'free', 'unref', 'ref', 'free', 'unref']);
	link.drain();
	await link.whenClosed();
	assert.deepEqual(told.slice(6), ['gone']);
});

test('it is not used again after octets that nobody asked for, or when the caller wants it closed', async () => {
	for (const [headers, more] of [
		[{}, 'x'],
		[{ connection: 'close' }, ''],
	] as const) {
		const { link, far, told } = create();
		link.start(createExchange('GET', headers));
		await answer(far, OK);
		if (more !== '') await answer(far, more);
		await link.whenClosed();
		assert.equal(link.isFree, false);
		assert.equal(told.at(-1), 'gone');
	}
});

test('its owner is asked about what may be sent again, and about nothing else', async () => {
	const cases: [method: string, used: boolean, octets: string, lost: boolean][] = [
		['GET', true, '', true],
		['GET', false, '', false],
		['POST', true, '', false],
		['GET', true, 'HTTP', false],
	];
	for (const [method, used, octets, lost] of cases) {
		for (const repeats of [true, false]) {
			const { link, far, told } = create({ repeats });
			if (used) {
				link.start(createExchange());
				await answer(far, OK);
			}
			const exchange = createExchange(method);
			const response = exchange.response();
			response.catch(() => undefined);
			link.start(exchange);
			if (octets !== '') await answer(far, octets);
			await turn();
			far.destroy();
			await link.whenClosed();
			for (let i = 0; i < 10; i++) await turn();
			assert.equal(told.includes('lost'), lost);
			assert.equal(exchange.closed, !(lost && repeats));
			if (exchange.closed) await assert.rejects(response, ConnectionResetError);
		}
	}
});

test('a request that could not be written may be sent again whatever it is', async () => {
	for (const how of ['breaks', 'has an answer to no question'] as const) {
		const { link, far, told } = create({ repeats: true });
		await turn();
		const exchange = createExchange('POST');
		link.start(exchange);
		if (how === 'breaks') far.destroy(new Error('gone'));
		else far.write([Buffer.from(OK)]);
		await link.whenClosed();
		for (let i = 0; i < 10; i++) await turn();
		assert.ok(told.includes('lost'), how);
		assert.equal(exchange.closed, false);
	}
});

test('it drains when what it carries is complete, and is then as good as lost', async () => {
	const { link, far, told } = create({ repeats: true });
	const exchange = createExchange();
	link.start(exchange);
	link.drain();
	await answer(far, OK);
	await link.whenClosed();
	assert.equal((await exchange.response()).status, 204);
	assert.deepEqual(told, ['ref', 'gone']);
	const cut = create({ repeats: true });
	cut.link.start(createExchange());
	await answer(cut.far, OK);
	const lost = createExchange();
	cut.link.start(lost);
	cut.link.drain();
	cut.far.destroy();
	await cut.link.whenClosed();
	for (let i = 0; i < 10; i++) await turn();
	assert.equal(cut.told.includes('lost'), false);
	await assert.rejects(lost.response(), ConnectionResetError);
});

test('closed by its owner, it rejects what it carries with the reason', async () => {
	const { link } = create();
	const exchange = createExchange();
	link.start(exchange);
	const reason = new ConnectionError('closed');
	link.close(reason);
	await link.whenClosed();
	await assert.rejects(exchange.response(), reason);
});

test('a response that is garbage has the connection dropped, with a warning', async () => {
	const warnings: string[] = [];
	const collectors: (() => void)[] = [];
	const { FinalizationRegistry: original } = globalThis;
	const { warn } = runtime;
	globalThis.FinalizationRegistry = class {
		readonly #onGarbage: (held: unknown) => void;
		constructor(onGarbage: (held: unknown) => void) {
			this.#onGarbage = onGarbage;
		}
		register(_target: object, held: unknown): void {
			collectors.push(() => this.#onGarbage(held));
		}
	} as unknown as FinalizationRegistryConstructor;
	runtime.warn = (message) => warnings.push(message);
	try {
		const { link, far } = create();
		const exchange = createExchange();
		const response = exchange.response();
		link.start(exchange);
		await answer(far, 'HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nabc');
		assert.equal((await response).status, 200);
		assert.equal(collectors.length, 1);
		collectors[0]?.();
		await link.whenClosed();
		assert.deepEqual(warnings, ['Response was neither read nor closed: its connection is dropped']);
	} finally {
		globalThis.FinalizationRegistry = original;
		runtime.warn = warn;
	}
});
