// Byte sources that count how they are used, and helpers to split and read them.

import { joinBytes } from '../../src/base/bytes.ts';

export interface TestSource extends AsyncIterator<Uint8Array, undefined> {
	/** Calls of `next`. */
	readonly asked: number;
	/** Calls of `return`. */
	readonly returned: number;
}

/** Yields the chunks, then ends, never settles again, or fails with an error. */
export function sourceOf(chunks: Iterable<Uint8Array>, last: 'ends' | 'stalls' | Error = 'ends'): TestSource {
	const iterator = chunks[Symbol.iterator]();
	const source = {
		asked: 0,
		returned: 0,
		async next(): Promise<IteratorResult<Uint8Array, undefined>> {
			source.asked++;
			const { done, value } = iterator.next();
			if (done !== true) return { done, value };
			if (last instanceof Error) throw last;
			if (last === 'stalls') await new Promise(() => {});
			return { done: true, value: undefined };
		},
		async return(): Promise<IteratorResult<Uint8Array, undefined>> {
			source.returned++;
			return { done: true, value: undefined };
		},
	};
	return source;
}

export function* split(bytes: Uint8Array, size: number): Generator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function readAll(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) chunks.push(item.value);
	return joinBytes(chunks);
}
