import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Diagnostics } from '../../src/diagnostics/diagnostics.ts';
import { Exchange } from '../../src/http11/exchange.ts';
import { takeOver } from '../../src/http11/takeover.ts';
import { isUpgraded } from '../../src/http11/upgrade.ts';
import { createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { http1Of } from '../../src/runtime/http1.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';

function create() {
	const [near, far] = createMemoryTransports();
	let isClosed = false;
	far.start({
		onBytes: () => {},
		onDrain: () => {},
		onEnd: () => far.end(),
		onClose: () => {
			isClosed = true;
		},
	});
	const exchange = new Exchange(createRequest('GET', '/', parseHost('http://a'), {}), 1);
	const messages: string[] = [];
	const diagnostics = new Diagnostics({ logger: { info: (message) => messages.push(message) } }, runtime).opening(
		'a',
		80,
	);
	return { duplex: http1Of(runtime).toDuplex(near), far, exchange, diagnostics, messages, isClosed: () => isClosed };
}

const FOLLOWING = Buffer.from('first');

test('the exchange gives the pipe away, with what was read before what comes', async () => {
	const { duplex, far, exchange, diagnostics, messages } = create();
	const outcome = exchange.outcome();
	await takeOver(exchange, duplex, FOLLOWING, diagnostics, () => {});
	const upgraded = await outcome;
	assert.ok(isUpgraded(upgraded));
	assert.equal(upgraded.diagnostics, diagnostics);
	assert.deepEqual(upgraded.informational, []);
	far.write([Buffer.from(' second')]);
	far.end();
	let text = '';
	await new Promise<void>((resolve) => {
		const { transport } = upgraded;
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
	assert.equal(exchange.closed, true);
	assert.match(messages[0] as string, /open to a:80: HTTP\/2$/);
});

test('one that was given up meanwhile has the pipe dropped', async () => {
	const { duplex, exchange, diagnostics, messages, isClosed } = create();
	const taken = takeOver(exchange, duplex, FOLLOWING, diagnostics, () => {});
	exchange.cancel(new Error('enough'));
	await taken;
	for (let i = 0; i < 10 && !isClosed(); i++) await new Promise((resolve) => setImmediate(resolve));
	assert.equal(isClosed(), true);
	assert.match(messages.at(-1) as string, /closed$/);
});

test('a pipe that broke before it was free rejects', async () => {
	const { duplex, exchange, diagnostics } = create();
	duplex.destroy(new Error('gone'));
	await assert.rejects(
		takeOver(exchange, duplex, new Uint8Array(0), diagnostics, () => {}),
		/gone/,
	);
});
