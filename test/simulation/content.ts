// What is sent in a simulated life: content that tells its exchange and its position, and request bodies of every kind,
// whose sources record whether they were released.

import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { RequestBodyInit } from '../../src/index.ts';
import type { AnswerPlan, UploadPlan } from './exchange-plan.ts';
import type { World } from './world.ts';

const PERIOD = 65_521;
const pattern = Uint8Array.from({ length: 500_000 }, (_, i) => 97 + (((i % PERIOD) * 31 + ((i % PERIOD) >> 8)) % 26));

/** The content of an exchange: letters, so that it is text too. */
export function contentOf(id: number, length: number): Uint8Array {
	const from = (id * 4099) % PERIOD;
	return pattern.subarray(from, from + length);
}

/** The content of a response, as it is sent. */
export function encodedContent(id: number, { length, coding }: AnswerPlan): Uint8Array {
	let content = contentOf(id, length);
	for (const each of coding?.split(', ') ?? []) content = ENCODERS[each]?.(content) ?? content;
	return content;
}

const ENCODERS: Readonly<Record<string, (content: Uint8Array) => Uint8Array>> = {
	gzip: (content) => gzipSync(content, { level: 1 }),
	'x-gzip': (content) => gzipSync(content, { level: 1 }),
	deflate: (content) => deflateSync(content, { level: 1 }),
	br: (content) => brotliCompressSync(content, { params: { 1: 1 } }),
	zstd: zstdStored,
};

/** A zstd frame whose blocks are not compressed (RFC 8878 §3.1.1), because not every Node can compress them. */
function zstdStored(content: Uint8Array): Uint8Array {
	// The magic number, no content size or checksum, and a window of 2 MiB.
	const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58)];
	const most = 65_536;
	for (let at = 0; at === 0 || at < content.length; at += most) {
		const block = content.subarray(at, at + most);
		const head = (block.length << 3) | (at + most >= content.length ? 1 : 0);
		parts.push(Uint8Array.of(head, head >> 8, head >> 16), block);
	}
	return Buffer.concat(parts);
}

export function piecesOf(bytes: Uint8Array, count: number): Uint8Array[] {
	const size = Math.max(1, Math.ceil(bytes.length / count));
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
	return pieces;
}

/** A source of content, and what became of it. */
export class Source {
	readonly body: RequestBodyInit;
	/** The error with which it fails. */
	readonly failure: Error = new Error('the source of the body fails');
	/** Whether reading has begun, and whether the source has ended, failed or been released. */
	state: 'unread' | 'reading' | 'over' = 'unread';
	readonly #world: World;
	readonly #plan: UploadPlan;
	readonly #pieces: Uint8Array[];

	constructor(world: World, id: number, plan: UploadPlan) {
		this.#world = world;
		this.#plan = plan;
		const content = contentOf(id, plan.length);
		this.#pieces = piecesOf(content, plan.pieces);
		this.body = this.#make(content);
	}

	/** Whether everything was released; a source that was never touched has nothing to release. */
	get isReleased(): boolean {
		return this.state !== 'reading';
	}

	#make(content: Uint8Array): RequestBodyInit {
		const text = (): string => Buffer.from(content).toString('latin1');
		switch (this.#plan.kind) {
			case 'string':
				return text();
			case 'bytes':
				return content;
			case 'array':
				return this.#pieces;
			case 'params':
				return new URLSearchParams([['a', text()]]);
			case 'blob':
				// The platform reads it in turns of the event loop, whose number no seed decides.
				return Object.assign(new Blob([text()]), { stream: () => new Response(text()).body });
			case 'form': {
				const form = new FormData();
				form.append('a', text());
				form.append('b', 'more');
				return form;
			}
			case 'generator':
				return this.#generate();
			case 'stream':
				return this.#stream();
			case 'readable': {
				const readable = Readable.from(this.#generate());
				this.#watch(readable);
				return readable;
			}
			case 'oldStream':
				return this.#oldStream();
		}
	}

	async *#generate(): AsyncGenerator<Uint8Array, void> {
		this.state = 'reading';
		try {
			for (const [i, piece] of this.#pieces.entries()) {
				await this.#step(i);
				yield piece;
			}
		} finally {
			this.state = 'over';
		}
	}

	#stream(): ReadableStream<Uint8Array> {
		let next = 0;
		return new ReadableStream<Uint8Array>(
			{
				pull: async (controller) => {
					this.state = 'reading';
					const piece = this.#pieces[next];
					if (piece === undefined) {
						this.state = 'over';
						return controller.close();
					}
					try {
						await this.#step(next++);
					} catch (error) {
						this.state = 'over';
						throw error;
					}
					if (this.state === 'reading') controller.enqueue(piece.slice());
				},
				cancel: () => {
					this.state = 'over';
				},
			},
			{ highWaterMark: 0 },
		);
	}

	/** A stream of which only `pipe` is known. */
	#oldStream(): RequestBodyInit {
		const readable = Readable.from(this.#generate());
		this.#watch(readable);
		return {
			readable: true,
			pipe: (to: NodeJS.WritableStream) => readable.pipe(to),
			on: (event: string, listener: (...given: unknown[]) => void) => readable.on(event, listener),
			pause: () => readable.pause(),
			resume: () => readable.resume(),
			destroy: () => readable.destroy(),
		} as unknown as RequestBodyInit;
	}

	#watch(readable: Readable): void {
		readable.on('close', () => {
			this.state = 'over';
		});
	}

	async #step(i: number): Promise<void> {
		if (this.#plan.pause > 0) await this.#world.sleep(this.#plan.pause);
		if (this.#plan.failsAt === i) throw this.failure;
	}
}

/** The bytes that the server gets for an upload; null if the boundary of a form decides. */
export function uploadedContent(id: number, { kind, length }: UploadPlan): Uint8Array | null {
	if (kind === 'form') return null;
	const content = contentOf(id, length);
	return kind === 'params' ? Buffer.concat([Buffer.from('a='), content]) : content;
}
