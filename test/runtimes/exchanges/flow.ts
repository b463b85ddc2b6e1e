// Many requests at once, flow control and back-pressure.

import { BaseFlowControlManager, HTTP11Connection, HTTP20Connection } from 'hyper-wasm';
import { pattern } from '../peers/pattern.ts';
import { ask, type Exchanges, local, newKey, note, overEach, PLAIN, same, sameBytes, seen, textOf } from './support.ts';

/** Returns window for each frame as soon as it was read. */
class EveryFrame extends BaseFlowControlManager {
	increaseWindowSize(frameSize: number): number {
		return frameSize;
	}

	blocked(): number {
		return this.initialWindowSize - this.windowSize;
	}
}

export const flow: Exchanges = {
	...overEach('100 requests at once', async (connection) => {
		const texts = await Promise.all(Array.from({ length: 100 }, () => textOf(connection, '/early')));
		same(new Set(texts).size, 1, 'the number of texts');
		same(texts[99], 'final', 'the last text');
	}),

	...overEach(
		'20 uploads and downloads at once',
		async (connection) => {
			const content = pattern(100_001);
			const echo = async (): Promise<void> =>
				sameBytes(await (await ask(connection, 'POST', '/echo', { body: new Blob([content]) })).bytes(), content);
			await Promise.all(Array.from({ length: 20 }, echo));
		},
		PLAIN,
	),

	async 'requests beyond the streams that a server allows wait'({ http2Few }) {
		await using connection = new HTTP20Connection(local(http2Few));
		const texts = await Promise.all(Array.from({ length: 50 }, () => textOf(connection, '/early')));
		same([texts.length, new Set(texts).size], [50, 1], 'the texts');
		same(connection.remoteSettings.maxConcurrentStreams, 5, 'what the server allows');
	},

	...overEach(
		'a slow reader gets everything',
		async (connection) => {
			const length = 3 * 1024 * 1024;
			const response = await ask(connection, 'GET', `/pieces/${length}`);
			const content = pattern(length);
			for (let at = 0; at < length; at += 65_536) {
				sameBytes(await response.read(65_536), content.subarray(at, at + 65_536));
				await new Promise((resolve) => setTimeout(resolve, 1));
			}
		},
		PLAIN,
	),

	async 'an unread response does not hold up others'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		const unread = await ask(connection, 'GET', '/pieces/3000000');
		for (let i = 0; i < 10; i++) {
			sameBytes(await (await ask(connection, 'GET', '/bytes/300000')).bytes(), pattern(300_000));
		}
		sameBytes(await unread.bytes(), pattern(3_000_000));
	},

	async 'unread content gets no window until it is read'({ script2, http2 }) {
		const key = newKey();
		await using connection = new HTTP20Connection(local(script2), { settings: { initialWindowSize: 100_000 } });
		const response = await ask(connection, 'GET', `/flood?key=${key}`);
		same(await seen({ http2 }, key), 'no window', 'what the server got');
		const content = await response.bytes();
		same(content.length, 100_007, 'the length of the content');
	},

	async 'an upload stops where the window ends'({ script2, http2 }) {
		const key = newKey();
		await using connection = new HTTP20Connection(local(script2));
		const answered = ask(connection, 'POST', `/small-window?key=${key}`, { body: pattern(300_000) });
		same(await seen({ http2 }, key), '65535', 'the bytes before there was more window');
		await note({ http2 }, `${key} go on`);
		same(await (await answered).text(), '300000', 'the bytes that arrived');
	},

	async 'the source of an upload is not read ahead of the window'({ script2, http2 }) {
		const key = newKey();
		await using connection = new HTTP20Connection(local(script2));
		let read = 0;
		async function* source(): AsyncGenerator<Uint8Array> {
			for (; read < 100; read++) yield pattern(10_000);
		}
		const answered = ask(connection, 'POST', `/small-window?key=${key}`, { body: source() });
		await seen({ http2 }, key);
		const early = read;
		await note({ http2 }, `${key} go on`);
		same(await (await answered).text(), '1000000', 'the bytes that arrived');
		same(early < 50, true, `whether ${early} of 100 pieces are few for a window of six`);
	},

	async 'small windows'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), {
			settings: { initialWindowSize: 5_000 },
			connectionWindowSize: 65_535,
		});
		sameBytes(await (await ask(connection, 'GET', '/bytes/300000')).bytes(), pattern(300_000));
	},

	async 'large frames'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), { settings: { maxFrameSize: 1_000_000 } });
		sameBytes(await (await ask(connection, 'GET', '/bytes/3000000')).bytes(), pattern(3_000_000));
	},

	async 'a flow-control manager of its own'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2), { flowControl: EveryFrame });
		sameBytes(await (await ask(connection, 'GET', '/bytes/3000000')).bytes(), pattern(3_000_000));
	},

	async 'a priority'({ http2 }) {
		await using connection = new HTTP20Connection(local(http2));
		const response = await ask(connection, 'GET', '/request', { priority: { urgency: 0, incremental: true } });
		const { headers } = (await response.json()) as { headers: Record<string, string> };
		same(headers.priority, 'u=0, i', 'the priority');
	},

	async 'HTTP/1.1 uses one connection for requests in turn'({ http1 }) {
		await using connection = new HTTP11Connection(local(http1));
		const ports = new Set<string>();
		for (let i = 0; i < 10; i++) ports.add(await textOf(connection, '/connection'));
		same(ports.size, 1, 'the number of connections');
	},

	async 'HTTP/1.1 opens another connection where the server closes one'({ script1 }) {
		await using connection = new HTTP11Connection(local(script1));
		const ports = new Set<string>();
		for (let i = 0; i < 5; i++) ports.add(await textOf(connection, '/close-behind'));
		same(ports.size, 5, 'the number of connections');
	},
};
