// One end of a simulated connection as a pair of WHATWG streams, as a caller passes them to the option `transport`.

import type { ByteStreams } from '../../src/runtime/web/streams.ts';
import type { End } from './network.ts';

/** The connection is opened by the first use of the streams. */
export function streamsOf(alpn: string | null, open: () => { near: End }): ByteStreams {
	let end: End | null = null;
	let wake: () => void = () => undefined;
	let source: ReadableStreamDefaultController<Uint8Array> | null = null;
	const use = (): End => {
		if (end !== null) return end;
		const { near } = open();
		end = near;
		let isOver = false;
		near.start({
			onBytes(bytes) {
				source?.enqueue(bytes.slice());
				near.pause();
			},
			onDrain: () => wake(),
			onEnd() {
				isOver = true;
				source?.close();
			},
			onClose(error) {
				wake();
				if (error !== null && !isOver) source?.error(error);
			},
		});
		return near;
	};
	return {
		alpn,
		readable: new ReadableStream<Uint8Array>(
			{
				start(controller) {
					source = controller;
				},
				pull: () => use().resume(),
				cancel() {
					source = null;
					use().destroy();
				},
			},
			{ highWaterMark: 0 },
		),
		writable: new WritableStream<Uint8Array>({
			async write(bytes) {
				const near = use();
				const drained = new Promise<void>((resolve) => (wake = resolve));
				if (!near.write([bytes])) await drained;
				if (near.isClosed) throw new Error('the connection was closed');
			},
			close: () => use().end(),
			abort: () => use().destroy(),
		}),
	};
}
