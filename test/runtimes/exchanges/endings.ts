// Requests that the caller or the clock ends.

import { HTTP20Connection, HTTPConnection, LocalProtocolError, TimeoutError } from 'hyper-wasm';
import { pattern } from '../peers/pattern.ts';
import type { Peers } from '../peers/peers.ts';
import {
	ask,
	CARRIERS,
	type Exchanges,
	failure,
	local,
	named,
	newKey,
	overEach,
	PLAIN,
	plain1,
	same,
	sameBytes,
	seen,
	seenOf,
	textOf,
} from './support.ts';

class Reason extends Error {}

/** How a server sees that a request ended: the code of RST_STREAM, or the end of the connection. */
const CANCELLED = { 'HTTP/2': '8', 'HTTP/1.1': 'closed' };

export const endings: Exchanges = {
	...overEach(
		'an abort before the request',
		async (connection) => {
			const reason = new Reason('too early');
			const error = await failure(connection.roundTrip('GET', '/early', { signal: AbortSignal.abort(reason) }), Reason);
			same(error === reason, true, 'whether the error is the reason');
			same(await textOf(connection, '/early'), 'final', 'the next response');
		},
		PLAIN,
	),

	...overEach('an abort before the head', async (connection, { version }, peers) => {
		const [key, controller] = [newKey(), new AbortController()];
		const pending = connection.roundTrip('GET', `/silence?key=${key}`, { signal: controller.signal });
		await seenOf(peers, `${key} arrived`, pending);
		controller.abort(new Reason('enough'));
		await failure(pending, Reason);
		same(await seen(peers, `${key} closed`), CANCELLED[version], 'what the server saw');
		same(await textOf(connection, '/early'), 'final', 'the next response');
	}),

	...overEach(
		'an abort within the content',
		async (connection, { version }, peers) => {
			const [key, controller] = [newKey(), new AbortController()];
			const response = await ask(connection, 'GET', `/stall/1000?key=${key}`, { signal: controller.signal });
			sameBytes(await response.read(1_000), pattern(1_000));
			const read = response.read(1);
			controller.abort(new Reason('enough'));
			await failure(read, Reason);
			same(await seen(peers, `${key} closed`), CANCELLED[version], 'what the server saw');
			same(await textOf(connection, '/early'), 'final', 'the next response');
		},
		PLAIN,
	),

	...overEach(
		'an abort of an upload releases its source',
		async (connection, _, peers) => {
			const [key, controller] = [newKey(), new AbortController()];
			let released = (): void => {};
			const isReleased = new Promise<void>((resolve) => {
				released = resolve;
			});
			async function* source(): AsyncGenerator<Uint8Array> {
				try {
					for (;;) {
						yield new Uint8Array(1_000);
						await new Promise((resolve) => setTimeout(resolve, 1));
					}
				} finally {
					released();
				}
			}
			const options = { body: source(), signal: controller.signal };
			const pending = connection.roundTrip('POST', `/silence?key=${key}`, options);
			await seenOf(peers, `${key} arrived`, pending);
			controller.abort(new Reason('enough'));
			await failure(pending, Reason);
			await isReleased;
			same(await textOf(connection, '/early'), 'final', 'the next response');
		},
		PLAIN,
	),

	async 'an abort within a dial'({ silent, ca }) {
		await using connection = new HTTPConnection(named(silent), { tls: { ca } });
		const controller = new AbortController();
		const pending = connection.roundTrip('GET', '/', { signal: controller.signal });
		setTimeout(() => controller.abort(new Reason('enough')), 50);
		await failure(pending, Reason);
	},

	...overEach(
		'AbortSignal.timeout ends a request',
		async (connection) => {
			const error = await failure(connection.roundTrip('GET', '/silence', { signal: AbortSignal.timeout(50) }), Error);
			same(error.name, 'TimeoutError', `the name of ${error}`);
		},
		PLAIN,
	),

	...overEach(
		'an abort of dispatch',
		async (connection, _, peers) => {
			const key = newKey();
			const reason = new Reason('enough');
			const ended = new Promise<unknown>((resolve) => {
				const control = connection.dispatch({ method: 'GET', path: `/silence?key=${key}` }, { onError: resolve });
				void seen(peers, `${key} arrived`).then(() => control.abort(reason));
			});
			const error = await ended;
			same(error === reason, true, `whether ${error} is the reason`);
		},
		PLAIN,
	),

	async 'an aborted upload is reset'({ script2, http2 }) {
		const [key, controller] = [newKey(), new AbortController()];
		await using connection = new HTTP20Connection(local(script2));
		const options = { body: pattern(1_000_000), signal: controller.signal };
		const pending = connection.roundTrip('POST', `/await-reset?key=${key}`, options);
		await seenOf({ http2 }, `${key} arrived`, pending);
		controller.abort(new Reason('enough'));
		await failure(pending, Reason);
		same(await seen({ http2 }, key), '8', 'the code of RST_STREAM');
	},

	async 'timeout.connect ends a dial'({ silent, ca }) {
		await using connection = new HTTPConnection(named(silent), { tls: { ca }, timeout: { connect: 100 } });
		same((await failure(connection.roundTrip('GET', '/'), TimeoutError)).phase, 'connect', 'the phase');
	},

	...overEach(
		'timeout.headers ends a request',
		async (connection) => {
			same((await failure(connection.roundTrip('GET', '/silence'), TimeoutError)).phase, 'headers', 'the phase');
		},
		PLAIN,
		{ timeout: { headers: 100 } },
	),

	...overEach(
		'timeout.body ends a response',
		async (connection) => {
			const response = await ask(connection, 'GET', '/stall/1000');
			same((await failure(response.bytes(), TimeoutError)).phase, 'body', 'the phase');
		},
		PLAIN,
		{ timeout: { body: 100 } },
	),

	...overEach(
		'timeout.idle closes a connection',
		async (connection) => {
			const first = await textOf(connection, '/connection');
			await until(connection, () => connection.state === 'idle');
			same((await textOf(connection, '/connection')) === first, false, 'whether it is the same connection');
		},
		PLAIN,
		{ timeout: { idle: 50 } },
	),

	async 'a silent peer is dropped by keepAlive'({ silent }) {
		await using connection = new HTTP20Connection(local(silent), { keepAlive: { interval: 50, timeout: 50 } });
		const error = await failure(connection.roundTrip('POST', '/', { body: 'x' }), Error);
		same(error.cause instanceof TimeoutError && error.cause.phase, 'ping', 'the phase of the cause');
	},

	async 'a 100 (Continue) that does not come is not awaited for long'({ script2, http2 }) {
		const [key, controller] = [newKey(), new AbortController()];
		await using connection = new HTTP20Connection(local(script2));
		const headers = { expect: '100-continue' };
		const pending = connection.roundTrip('POST', `/await-reset?key=${key}`, {
			headers,
			body: 'content',
			signal: controller.signal,
		});
		await seenOf({ http2 }, `${key} arrived`, pending);
		controller.abort(new Reason('enough'));
		await failure(pending, Reason);
		same(await seen({ http2 }, key), '8', 'the code of RST_STREAM');
	},

	...overEach('100 (Continue) lets content go', async (connection) => {
		const response = await ask(connection, 'POST', '/echo', { headers: { expect: '100-continue' }, body: 'content' });
		same(await response.text(), 'content', 'the echo');
		same(
			response.informational.map(({ status }) => status),
			[100],
			'the informational responses',
		);
	}),

	...overEach(
		'close ends what is open, and a later request opens the connection again',
		async (connection, _, peers) => {
			const key = newKey();
			const pending = connection.roundTrip('GET', `/silence?key=${key}`);
			await seenOf(peers, `${key} arrived`, pending);
			await Promise.all([failure(pending, Error), connection.close()]);
			same(connection.state, 'closed', 'the state of the connection');
			same(await textOf(connection, '/early'), 'final', 'the next response');
		},
		PLAIN,
	),

	...overEach('close with drain lets responses end', async (connection) => {
		const response = await ask(connection, 'GET', '/pieces/1000000');
		const closed = connection.close({ drain: true });
		sameBytes(await response.bytes(), pattern(1_000_000));
		await closed;
		same(connection.state, 'closed', 'the state of the connection');
	}),

	async 'ping resolves with a time, which a coarse clock may round to 0'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		await connection.connect();
		same((await connection.ping()) >= 0, true, 'whether it is a time');
	},

	async 'ping in HTTP/1.1 is a LocalProtocolError'(peers) {
		await using connection = plain1.connect(peers);
		await textOf(connection, '/early');
		await failure(connection.ping(), LocalProtocolError);
	},

	...overEach(
		'state and capacity tell a pool what it needs',
		async (connection) => {
			const states: string[] = [connection.state];
			connection.onChange = () => {
				if (states.at(-1) !== connection.state) states.push(connection.state);
			};
			await textOf(connection, '/early');
			same(connection.capacity > 0, true, 'whether there is capacity');
			await connection.close();
			same([states, connection.capacity], [['idle', 'open', 'draining', 'closed'], 0], 'the states');
		},
		PLAIN,
	),

	async 'server push can be taken'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), { enablePush: true });
		const id = await connection.request('GET', '/push');
		const pushed: string[] = [];
		for await (const push of connection.getPushes(id, { captureAll: true })) {
			pushed.push(`${push.method} ${push.path} ${await (await push.getResponse()).text()}`);
		}
		same(pushed, ['GET /style.css pushed /style.css', 'GET /script.js pushed /script.js'], 'the pushes');
		same(await (await connection.getResponse(id)).text(), 'page', 'the text');
	},

	async 'server push can be refused'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), { enablePush: true });
		const id = await connection.request('GET', '/push');
		for await (const push of connection.getPushes(id, { captureAll: true })) await push.cancel();
		same(await (await connection.getResponse(id)).text(), 'page', 'the text');
		same(await textOf(connection, '/early'), 'final', 'the next response');
	},

	async 'server push is off'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		same(await textOf(connection, '/early'), 'final', 'the text');
		same(connection.remoteSettings !== null, true, 'whether there are settings');
		await failure((async () => connection.getPushes(1).next())(), LocalProtocolError);
	},

	...Object.fromEntries(
		CARRIERS.map((carrier) => [
			`a connection that stays open does not keep the program running in ${carrier.name}`,
			async (peers: Peers) => same(await textOf(carrier.connect(peers), '/early'), 'final', 'the text'),
		]),
	),
};

/** Until a change of the connection makes it true. */
function until(connection: { onChange: (() => void) | null }, isTrue: () => boolean): Promise<void> {
	return new Promise((resolve) => {
		connection.onChange = () => {
			if (isTrue()) resolve();
		};
		connection.onChange();
	});
}
