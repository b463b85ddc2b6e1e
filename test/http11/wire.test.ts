import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { PendingRequest } from '../../src/connection/pending-request.ts';
import { mayReplay } from '../../src/connection/replay.ts';
import type { Wire, WireOwner } from '../../src/connection/wire.ts';
import { type ConnectionDiagnostics, Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import type { UpgradeOffer } from '../../src/http11/upgrade.ts';
import { HTTP11Wire } from '../../src/http11/wire.ts';
import { ConnectionError, ConnectionResetError } from '../../src/index.ts';
import { parseHost } from '../../src/net/origin.ts';
import { http1Of } from '../../src/runtime/http1.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { type Asked, ask } from '../support/http11.ts';

interface Upgraded {
	transport: Transport;
	pending: PendingRequest;
	diagnostics: ConnectionDiagnostics;
}

interface WireOptions {
	/** Whether the owner sends lost requests again where it may. */
	repeats?: boolean;
	offersUpgrade?: boolean;
}

/** A wire over a pipe in memory, the other end, and the calls of the wire's owner. */
function create({ repeats = false, offersUpgrade = false }: WireOptions = {}) {
	const [near, far] = createMemoryTransports();
	const told: string[] = [];
	const upgraded: Upgraded[] = [];
	let closeUpgraded = (): void => {};
	const upgradedIsClosed = new Promise<void>((resolve) => {
		closeUpgraded = resolve;
	});
	for (const name of ['ref', 'unref'] as const) near[name] = () => told.push(name);
	const owner: WireOwner = {
		hasWaiting: false,
		onCapacity: () => told.push('free'),
		onClosed: () => told.push('gone'),
		onLost: (_wire, pending, fate) => {
			const isRepeated = mayReplay(pending, fate);
			told.push(`lost: ${fate}${isRepeated ? ', to be sent again' : ''}`);
			return repeats && isRepeated;
		},
		onBlocked: () => told.push('blocked'),
		onDraining: () => told.push('draining'),
		onDue: () => {},
		onUpgraded: () => told.push('upgraded'),
	};
	const messages: string[] = [];
	const logger = { info: (message: string) => messages.push(message), warn: () => {} };
	const diagnostics = new Diagnostics({ logger }, runtime).opening('a', 80);
	const offer: UpgradeOffer = {
		settings: 'AAA',
		wait: 1000,
		onWithheld: () => told.push('withheld'),
		onDeclined: () => told.push('declined'),
		onGivenUp: (reason) => told.push(`given up: ${(reason as Error).message}`),
		adopt: (transport, pending, _owner, diagnostics) => {
			told.push('adopt');
			upgraded.push({ transport, pending, diagnostics });
			return { whenClosed: () => upgradedIsClosed } as Wire;
		},
	};
	const wire = new HTTP11Wire(
		near,
		null,
		offersUpgrade ? offer : null,
		{
			platform: http1Of(runtime),
			runtime,
			limits: DEFAULT_LIMITS,
			lenient: false,
			origin: parseHost('http://a'),
			habits: { closesBehindResponse: false },
		},
		owner,
		diagnostics,
	);
	let received = '';
	let isClosed = false;
	far.start({
		onBytes: (bytes) => {
			received += Buffer.from(bytes).toString();
		},
		onDrain: () => {},
		onEnd: () => far.end(),
		onClose: () => {
			isClosed = true;
		},
	});
	return {
		wire,
		near,
		far,
		told,
		upgraded,
		closeUpgraded,
		diagnostics,
		messages,
		sent: () => received,
		isClosed: () => isClosed,
	};
}

/** Has the wire take a new request. */
function send(wire: HTTP11Wire, method = 'GET', headers = {}): Asked {
	const asked = ask(method, { headers });
	assert.equal(wire.take(asked.pending), true);
	return asked;
}

async function turns(count = 10): Promise<void> {
	for (let i = 0; i < count; i++) await turn();
}

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await turn();
}

/** When the request was written. */
async function answer(far: Transport, text: string): Promise<void> {
	await turn();
	far.write([Buffer.from(text)]);
	await turns();
}

const OK = 'HTTP/1.1 204 X\r\n\r\n';
const WEBSOCKET = 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';
const SWITCH = 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n';

test('an HTTP/1.1 wire is free again after each request, and keeps the process running only while it carries one', async () => {
	const { wire, far, told } = create();
	assert.deepEqual([wire.capacity, wire.size], [1, 0]);
	for (let i = 0; i < 2; i++) {
		const { pending } = send(wire);
		assert.deepEqual([wire.capacity, wire.size, wire.idleSince], [0, 1, Number.POSITIVE_INFINITY]);
		assert.deepEqual(wire.requests(), [pending]);
		assert.equal(wire.take(ask().pending), false);
		await turns();
		assert.deepEqual(wire.requests(), [pending]);
		await answer(far, OK);
		assert.deepEqual([wire.capacity, wire.size, wire.requests(), pending.isClosed], [1, 0, [], true]);
		assert.ok(wire.idleSince < Number.POSITIVE_INFINITY);
	}
	assert.deepEqual(told, ['ref', 'free', 'unref', 'ref', 'free', 'unref']);
	wire.drain();
	await wire.whenClosed();
	assert.deepEqual(told.slice(6), ['gone']);
});

test("the server's turn on HTTP/1.1 is that of the request that is being answered, while its content is taken", async () => {
	const { wire, far } = create();
	const { pending } = send(wire);
	await turn();
	assert.deepEqual([wire.isPeersTurn(pending), wire.isPeersTurn(ask().pending)], [true, false]);
	await answer(far, `HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'a'.repeat(1_000_000)}`);
	await turns(400);
	assert.equal(wire.isPeersTurn(pending), false, 'too much is unread');
});

test('an HTTP/1.1 wire that carries a request does not rest', () => {
	const { wire, told } = create();
	send(wire);
	wire.rest();
	assert.deepEqual(told, ['ref']);
});

test('an HTTP/1.1 wire is idle since the last byte arrived, however often it rests', async () => {
	const { wire, far } = create();
	send(wire);
	await answer(far, OK);
	const { idleSince } = wire;
	assert.ok(idleSince < Number.POSITIVE_INFINITY);
	await new Promise((resolve) => setTimeout(resolve, 5));
	wire.rest();
	assert.equal(wire.idleSince, idleSince);
});

test('a request on an HTTP/1.1 connection that breaks in the same turn is lost', async () => {
	const { wire, near, told } = create();
	const { pending } = send(wire);
	near.destroy(new Error('cut'));
	await until(() => pending.isClosed);
	assert.deepEqual(
		told.filter((each) => each.startsWith('lost')),
		['lost: refused, to be sent again'],
	);
});

test('a request that waits for its turn and is cancelled is not lost with the connection', async () => {
	const { wire, far, told } = create();
	send(wire);
	await answer(far, OK);
	const { pending } = send(wire, 'POST');
	pending.abort(new Error('enough'));
	far.destroy();
	await until(() => told.includes('gone'));
	assert.deepEqual(
		told.filter((each) => each.startsWith('lost')),
		[],
	);
});

test('an HTTP/1.1 wire is closed after unrequested bytes, and after a request with Connection: close', async () => {
	for (const [headers, more] of [
		[{}, 'x'],
		[{ connection: 'close' }, ''],
	] as const) {
		const { wire, far, told } = create();
		send(wire, 'GET', headers);
		await answer(far, OK);
		if (more !== '') await answer(far, more);
		await wire.whenClosed();
		assert.deepEqual([wire.capacity, wire.closing], [0, true]);
		assert.equal(told.at(-1), 'gone');
	}
});

test('a request that is lost on HTTP/1.1 is sent again only if a used connection closed without a byte and the method is idempotent', async () => {
	const cases: [method: string, used: boolean, bytes: string, lost: string][] = [
		['GET', true, '', 'lost: unanswered, to be sent again'],
		['GET', false, '', 'lost: processed'],
		['POST', true, '', 'lost: unanswered'],
		['GET', true, 'HTTP', 'lost: processed'],
	];
	for (const [method, used, bytes, lost] of cases) {
		for (const repeats of [true, false]) {
			const { wire, far, told } = create({ repeats });
			if (used) {
				send(wire);
				await answer(far, OK);
			}
			const { pending, reader } = send(wire, method);
			const response = reader.response();
			response.catch(() => undefined);
			await until(() => pending.state === 'sent');
			await turns();
			if (bytes !== '') await answer(far, bytes);
			far.destroy();
			await wire.whenClosed();
			await turns();
			assert.equal(
				told.find((what) => what.startsWith('lost')),
				lost,
			);
			assert.equal(pending.isClosed, !(lost.endsWith('again') && repeats));
			if (pending.isClosed) await assert.rejects(response, ConnectionResetError);
		}
	}
});

for (const [what, arrive] of [
	['is closed', (far: Transport) => far.end()],
	['is reset', (far: Transport) => far.destroy(new Error('gone'))],
	['brings what nothing asked for', (far: Transport) => far.write([Buffer.from(`${OK}HTTP/1.1 200 poison`)])],
] as const) {
	test(`a used HTTP/1.1 connection that ${what} before the next request is written gets nothing of it`, async () => {
		for (const method of ['GET', 'POST']) {
			const { wire, far, told, sent } = create({ repeats: true });
			send(wire);
			await answer(far, OK);
			const before = sent();
			// More than the time in which bytes count as new.
			const until = performance.now() + 2;
			while (performance.now() < until);
			const { pending } = send(wire, method);
			arrive(far);
			await wire.whenClosed();
			await turns();
			assert.equal(sent(), before);
			assert.deepEqual([pending.isClosed, wire.size], [false, 0]);
			assert.deepEqual(told.slice(3), ['lost: unwritten, to be sent again', 'gone']);
		}
	});
}

test('a request that waits for its turn on a used HTTP/1.1 connection can be aborted, drained for, or closed', async () => {
	for (const how of ['abort', 'drain', 'close'] as const) {
		const { wire, far, sent } = create();
		send(wire);
		await answer(far, OK);
		const before = sent();
		const { pending } = send(wire, 'POST');
		assert.deepEqual([wire.size, wire.requests(), wire.capacity], [1, [pending], 0]);
		if (how === 'abort') pending.abort(new Error('enough'));
		if (how === 'drain') wire.drain();
		if (how === 'close') wire.close(0, new ConnectionError('enough'));
		if (how === 'drain') {
			await until(() => pending.state === 'sent');
			await answer(far, OK);
			assert.deepEqual([pending.isClosed, pending.failure], [true, null]);
		} else {
			await until(() => (how === 'abort' ? wire.capacity === 1 : wire.closing));
			assert.equal(sent(), before);
			assert.match(String(pending.failure?.reason), /enough/);
		}
		assert.deepEqual([wire.size, wire.capacity], [0, how === 'abort' ? 1 : 0]);
		far.destroy();
		await wire.whenClosed();
	}
});

test('an HTTP/1.1 wire retires shortly before the time for which the server says that it keeps the connection', async (t) => {
	let now = 0;
	t.mock.method(runtime, 'now', () => now);
	for (const [hint, last, over] of [
		['timeout=5, max=100', 3999, 4000],
		['max=3,timeout=2', 999, 1000],
		['timeout=1', 499, 500],
		['timeout=0', null, 0],
		['max=7', 1e9, null],
	] as const) {
		for (const [idle, isTaken] of [
			[last, true],
			[over, false],
		] as const) {
			if (idle === null) continue;
			const { wire, far, told } = create();
			send(wire);
			await answer(far, `HTTP/1.1 204 X\r\nKeep-Alive: ${hint}\r\n\r\n`);
			now += idle;
			assert.equal(wire.take(ask('POST').pending), isTaken, `${hint} ${idle}`);
			assert.equal(told.includes('draining'), !isTaken);
			far.destroy();
			await wire.whenClosed();
		}
	}
});

test('a request that could not be written on HTTP/1.1 may be sent again whatever its method', async () => {
	for (const how of ['the connection breaks', 'the server sends what was not asked for'] as const) {
		const { wire, far, told } = create({ repeats: true });
		await turn();
		const { pending } = send(wire, 'POST');
		if (how === 'the connection breaks') far.destroy(new Error('gone'));
		else far.write([Buffer.from(OK)]);
		await wire.whenClosed();
		await turns();
		assert.ok(told.includes('lost: refused, to be sent again'), how);
		assert.equal(pending.isClosed, false);
	}
});

test('a draining HTTP/1.1 wire closes when its request is complete, and a request that is lost then is not sent again', async (t) => {
	// Bytes have just arrived, so that the second request does not wait for a turn.
	t.mock.method(runtime, 'now', () => 5);
	const { wire, far, told } = create({ repeats: true });
	const { reader } = send(wire);
	wire.drain();
	await answer(far, OK);
	await wire.whenClosed();
	assert.equal((await reader.response()).status, 204);
	assert.deepEqual(told, ['ref', 'gone']);
	const cut = create({ repeats: true });
	send(cut.wire);
	await answer(cut.far, OK);
	const lost = send(cut.wire);
	// A reused wire may look at its connection first.
	await until(() => lost.pending.state === 'sent');
	cut.wire.drain();
	cut.far.destroy();
	await cut.wire.whenClosed();
	await turns();
	assert.ok(cut.told.includes('lost: processed'));
	await assert.rejects(lost.reader.response(), ConnectionResetError);
});

test('an HTTP/1.1 wire that is retired tells its owner, and takes no more requests', async () => {
	const { wire, far, told } = create();
	const { reader } = send(wire);
	wire.retire();
	assert.deepEqual([told, wire.capacity, wire.closing], [['ref', 'draining'], 0, false]);
	await answer(far, OK);
	assert.equal((await reader.response()).status, 204);
	await wire.whenClosed();
});

test('an HTTP/1.1 wire that its owner closes rejects its request with the reason', async () => {
	const { wire } = create();
	const { reader } = send(wire);
	const reason = new ConnectionError('closed');
	wire.close(0, reason);
	await wire.whenClosed();
	await assert.rejects(reader.response(), reason);
});

test('an HTTP/1.1 response that is garbage-collected unread closes its wire, with a warning', async () => {
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
		unregister(): void {}
	} as unknown as FinalizationRegistryConstructor;
	runtime.warn = (message) => warnings.push(message);
	try {
		const { wire, far } = create();
		const { reader } = send(wire);
		const response = reader.response();
		await answer(far, 'HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nabc');
		assert.equal((await response).status, 200);
		assert.equal(collectors.length, 1);
		collectors[0]?.();
		await wire.whenClosed();
		assert.deepEqual(warnings, ['Response was neither read nor closed: its connection is dropped']);
	} finally {
		globalThis.FinalizationRegistry = original;
		runtime.warn = warn;
	}
});

test('a 101 to h2c passes the request and the transport to the owner, beginning with the bytes after the 101', async () => {
	const { wire, far, told, upgraded, closeUpgraded, diagnostics, messages } = create({ offersUpgrade: true });
	const { pending, reader } = send(wire);
	let isClosed = false;
	const closed = wire.whenClosed().then(() => {
		isClosed = true;
	});
	await answer(far, `${SWITCH}first`);
	const [given] = upgraded;
	assert.ok(given !== undefined);
	assert.deepEqual([given.pending, given.diagnostics], [pending, diagnostics]);
	assert.deepEqual(reader.informational, []);
	far.write([Buffer.from(' second')]);
	far.end();
	let text = '';
	await new Promise<void>((resolve) => {
		const { transport } = given;
		transport.start({
			onBytes: (bytes) => {
				text += Buffer.from(bytes).toString();
			},
			onDrain: () => {},
			onEnd: () => transport.end(),
			onClose: () => resolve(),
		});
	});
	assert.equal(text, 'first second');
	assert.deepEqual([pending.state, wire.size, wire.closing, told], ['sent', 0, true, ['ref', 'adopt', 'upgraded']]);
	// The connection ends with the wire that took its place.
	assert.equal(isClosed, false);
	closeUpgraded();
	await closed;
	assert.match(messages.at(-1) as string, /open to a:80: HTTP\/2$/);
});

test('a wire that is closed during an upgrade drops its transport', async () => {
	const { wire, far, near, told, messages, isClosed } = create({ offersUpgrade: true });
	const { reader } = send(wire);
	await turn();
	// What the wire does last while the transport is still its own.
	near.pause = () => wire.close(0, new ConnectionError('enough'));
	far.write([Buffer.from(SWITCH)]);
	await assert.rejects(reader.response(), /enough/);
	for (let i = 0; i < 10 && !isClosed(); i++) await turn();
	assert.deepEqual([isClosed(), told], [true, ['ref', 'gone']]);
	assert.match(messages.at(-1) as string, /closed$/);
});

test('a request that is cancelled during an upgrade ends at once, and another one is cancelled on stream 1 in its place', async () => {
	for (const drains of [false, true]) {
		const { wire, far, near, told, upgraded, isClosed } = create({ offersUpgrade: true });
		const { pending, reader } = send(wire, 'HEAD');
		await turn();
		near.pause = () => {
			if (drains) wire.drain();
			pending.abort(new Error('enough'));
			assert.deepEqual([pending.isClosed, wire.size, wire.requests(), wire.closing], [true, 0, [], false]);
		};
		await answer(far, SWITCH);
		await assert.rejects(reader.response(), /enough/);
		assert.deepEqual([isClosed(), told], [false, ['ref', 'adopt', 'upgraded']]);
		const [given] = upgraded;
		assert.ok(given !== undefined && given.pending !== pending);
		assert.deepEqual([given.pending.request.method, given.pending.isClosed], ['HEAD', true]);
		given.transport.destroy();
	}
});

test('a request that is cancelled before all of it was written ends the connection, although the server has switched', async () => {
	const { wire, near, far, told, upgraded, isClosed } = create({ offersUpgrade: true });
	const write = near.write.bind(near);
	near.write = (chunks) => write(chunks) && false;
	const { pending, reader } = send(wire);
	await answer(far, SWITCH);
	pending.abort(new Error('enough'));
	await assert.rejects(reader.response(), /enough/);
	await wire.whenClosed();
	await turns();
	assert.deepEqual([isClosed(), upgraded.length, told], [true, 0, ['ref', 'gone']]);
});

test('a transport that breaks during an upgrade, before all of the request was written, rejects the request', async () => {
	const { wire, near, far, upgraded } = create({ offersUpgrade: true });
	const write = near.write.bind(near);
	near.write = (chunks) => write(chunks) && false;
	const { reader } = send(wire);
	await answer(far, SWITCH);
	assert.deepEqual([upgraded.length, wire.size], [0, 1]);
	far.destroy(new Error('gone'));
	await assert.rejects(
		reader.response(),
		(error) => error instanceof ConnectionResetError && /the peer reset/.test(error.message),
	);
	assert.equal(upgraded.length, 0);
});

test('an answer in HTTP/1.1 declines the upgrade, and the next request does not offer it', async () => {
	const { wire, far, told, sent } = create({ offersUpgrade: true });
	const { reader } = send(wire);
	await answer(far, OK);
	assert.deepEqual([(await reader.response()).version, told], ['HTTP/1.1', ['ref', 'declined', 'free', 'unref']]);
	send(wire, 'POST');
	await until(() => sent().includes('POST'));
	const [first, second] = sent().split('POST');
	assert.match(first as string, /Upgrade: h2c/);
	assert.doesNotMatch(second as string, /upgrade/i);
	far.destroy();
	await wire.whenClosed();
});

test('a request that cannot carry an offer to upgrade goes without it, and the next one that can carries it', async () => {
	const { wire, far, sent, told } = create({ offersUpgrade: true });
	const { pending } = send(wire, 'POST');
	await answer(far, OK);
	assert.match(sent(), /^POST /);
	assert.doesNotMatch(sent(), /upgrade/i);
	assert.equal(pending.isClosed, true);
	const before = sent().length;
	const second = send(wire);
	await until(() => second.pending.state === 'sent');
	await answer(far, OK);
	assert.match(sent().slice(before), /Upgrade: h2c/);
	assert.deepEqual(told, [...['ref', 'withheld', 'free', 'unref'], ...['ref', 'declined', 'free', 'unref']]);
	far.destroy();
	await wire.whenClosed();
});

for (const [what, stumble] of [
	['closes', (far: Transport) => far.destroy()],
	['answers 400', (far: Transport) => far.write([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\nno')])],
	['answers 502', (far: Transport) => far.write([Buffer.from('HTTP/1.1 502 X\r\ncontent-length: 0\r\n\r\n')])],
	['answers with garbage', (far: Transport) => far.write([Buffer.from('garbage\r\n\r\n')])],
	['answers with a 101 to another protocol', (far: Transport) => far.write([Buffer.from(WEBSOCKET)])],
	['answers with a 101 to nothing', (far: Transport) => far.write([Buffer.from('HTTP/1.1 101 X\r\n\r\n')])],
	[
		'begins to answer before it closes',
		(far: Transport) => {
			far.write([Buffer.from('HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200')]);
			far.end();
		},
	],
] as const) {
	test(`a request whose offer to upgrade the server ${what} is sent again without it`, async () => {
		const { wire, far, told } = create({ offersUpgrade: true, repeats: true });
		const { pending } = send(wire);
		await turn();
		stumble(far);
		await wire.whenClosed();
		await turns();
		assert.equal(pending.isClosed, false);
		assert.deepEqual([...told].sort(), ['declined', 'gone', 'lost: declined, to be sent again', 'ref']);
	});
}

test('an offer to upgrade that gets no byte within a second is given up with its connection, and the request is sent again', async (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { wire, told, isClosed } = create({ offersUpgrade: true, repeats: true });
	const { pending } = send(wire);
	await turns();
	t.mock.timers.tick(999);
	assert.equal(pending.state, 'sent');
	t.mock.timers.tick(1);
	await turns();
	assert.deepEqual([pending.isClosed, isClosed()], [false, true]);
	assert.deepEqual(told, ['ref', 'lost: declined, to be sent again', 'declined', 'gone']);
});

test('a server that has begun to answer an offer to upgrade gets the time that it needs', async (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { wire, far } = create({ offersUpgrade: true, repeats: true });
	const { pending, reader } = send(wire);
	await answer(far, 'HTTP/1.1 ');
	t.mock.timers.tick(1000);
	assert.equal(pending.state, 'sent');
	await answer(far, '204 X\r\n\r\n');
	assert.equal((await reader.response()).status, 204);
	far.destroy();
	await wire.whenClosed();
});

test('an answer to an offer to upgrade that has arrived but is unread when the second is over counts', async (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const { wire, far, told } = create({ offersUpgrade: true, repeats: true });
	const { reader } = send(wire);
	await turns();
	const answered = answer(far, 'HTTP/1.1 204 X\r\n\r\n');
	t.mock.timers.tick(1000);
	await answered;
	assert.equal((await reader.response()).status, 204);
	assert.ok(!told.some((call) => call.startsWith('lost')));
	far.destroy();
	await wire.whenClosed();
});

test('a request with an offer to upgrade that is cancelled before an answer gives the offer up', async () => {
	const { wire, far, told } = create({ offersUpgrade: true, repeats: true });
	const { pending } = send(wire);
	await answer(far, 'HTTP/1.1 200');
	pending.abort(new Error('enough'));
	await wire.whenClosed();
	assert.deepEqual(told, ['ref', 'given up: enough', 'gone']);
});

test('an error that refuses an offer to upgrade is the response if the request is not sent again', async () => {
	const { wire, far, told } = create({ offersUpgrade: true });
	const { reader } = send(wire);
	await answer(far, 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
	assert.equal((await reader.response()).status, 400);
	assert.deepEqual(told, ['ref', 'lost: declined, to be sent again', 'declined', 'free', 'unref']);
	far.destroy();
	await wire.whenClosed();
});
