// Traces frames as they are sent and received: those of one connection as text, those of all connections as events.
// In a checkout: `npm run build`, then `node --conditions=hyper-wasm-source --import tsx examples/trace.ts`.

import assert from 'node:assert/strict';
import { HTTP20Connection } from 'hyper-wasm';
import { FrameType } from 'hyper-wasm/frames';
import { ScriptedPeer } from 'hyper-wasm/testing';
import { type FrameEvent, formatFrame, formatFrameLine, traceFrames } from 'hyper-wasm/trace';

const headers = { authorization: 'Basic dXNlcjpwYXNz', 'x-note': 'shown' };

const text = await writeOneConnection();
assert.match(text, /authorization: <sensitive, 18 \w+>\n {10}x-note: shown$/m);
console.log(text);

const bytes = await countAllConnections();
assert.deepEqual(bytes, { sent: 'ping'.length * 3, received: 'pong'.length * 3 });
console.log(`\nContent in DATA frames: ${bytes.sent} bytes sent, ${bytes.received} received`);

/** In the format of `nghttp -v`. For one line per frame, use `formatFrameLine`. */
async function writeOneConnection(): Promise<string> {
	const lines: string[] = [];
	await exchange((event) => lines.push(formatFrame(event, { color: false })));
	return lines.join('\n');
}

async function countAllConnections(): Promise<{ sent: number; received: number }> {
	const bytes = { sent: 0, received: 0 };
	const stop = traceFrames((event) => {
		if (event.type === 'fault') console.log(formatFrameLine(event));
		if (event.type === 'frame' && event.frame.type === FrameType.DATA)
			bytes[event.direction] += event.frame.data.length;
	});
	for (let i = 0; i < 3; i++) await exchange();
	stop();
	return bytes;
}

/** Sends a request to a server in memory. */
async function exchange(onFrame?: (event: FrameEvent) => void): Promise<void> {
	const peer = new ScriptedPeer();
	peer.respondWith(() => ({ headers: { 'set-cookie': 'id=secret' }, body: 'pong' }));
	const options = onFrame === undefined ? {} : { onFrame };
	await using conn = new HTTP20Connection('localhost', { transport: peer.transport, ...options });
	const response = await conn.roundTrip('POST', '/', { headers, body: 'ping' });
	assert.equal(await response.text(), 'pong');
}
