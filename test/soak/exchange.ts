// One request of a soak: by one of the calls, with one kind of body, read in one way, and in half of all cases aborted at
// some phase. Returns what became of it; throws only what should not happen.

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HTTPConnection, type HTTPResponse, HyperError, type RequestOptions } from '../../src/index.ts';
import { contentOf, piecesOf } from '../simulation/content.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { BAD, type Behaviour, GOOD, type Received } from './answers.ts';

const SIZES = [0, 1, 100, 1000, 1000, 10_000, 70_000];
const ABORTS = ['before', 'at once', 'soon', 'source', 'head', 'piece', 'end'] as const;
type Abort = (typeof ABORTS)[number];

/** The end of an exchange, as the table shows it: `aborted`, the code of an error, or `complete`, `closed` and so on. */
export type Outcome = string;

class Aborted extends Error {}

export class Exchange {
	readonly #conn: HTTPConnection;
	readonly #random: SeededRandom;
	readonly #id: number;
	readonly #behaviour: Behaviour;
	readonly #length: number;
	readonly #upload: number | null;
	readonly #abort: Abort | null;
	readonly #canceller = new AbortController();
	readonly #reason = new Aborted('the soak aborts');
	/** Of all requests without a signal of their own. */
	readonly #common: AbortSignal;

	constructor(conn: HTTPConnection, random: SeededRandom, common: AbortSignal) {
		this.#conn = conn;
		this.#random = random;
		this.#common = common;
		this.#id = random.below(100_000);
		this.#behaviour = random.chance(1, 50) ? random.pick(BAD) : random.pick(GOOD);
		this.#length = random.pick(SIZES);
		const sends = this.#behaviour === 'echo' || this.#behaviour === 'deaf' || random.chance(1, 8);
		this.#upload = sends ? random.pick(SIZES) : null;
		this.#abort = random.chance(1, 2) ? random.pick(ABORTS) : null;
	}

	get name(): string {
		return `${this.#path} with ${this.#upload ?? 'no'} bytes, aborted ${this.#abort ?? 'never'}`;
	}

	async run(): Promise<Outcome> {
		try {
			if (this.#random.chance(1, 5)) return await this.#dispatch();
			const called = this.#call();
			this.#abortIn(['at once']);
			if (this.#abort === 'soon') setTimeout(() => this.#canceller.abort(this.#reason), this.#random.below(20));
			const response = await called;
			this.#abortIn(['head']);
			return await this.#read(response);
		} catch (error) {
			if (error === this.#reason) return 'aborted';
			if (error instanceof HyperError) return error.code;
			throw error;
		}
	}

	get #path(): string {
		return `/${this.#behaviour}/${this.#length}/${this.#id}`;
	}

	#abortIn(phases: readonly Abort[]): void {
		if (this.#abort !== null && phases.includes(this.#abort)) this.#canceller.abort(this.#reason);
	}

	#options(): RequestOptions {
		this.#abortIn(['before']);
		return {
			...(this.#upload === null ? {} : { body: this.#body(this.#upload) }),
			signal: this.#abort === null ? this.#common : this.#canceller.signal,
		};
	}

	#body(length: number): RequestOptions['body'] {
		const content = contentOf(this.#id, length);
		const kind = this.#random.pick(['bytes', 'string', 'generator', 'stream', 'readable'] as const);
		if (this.#abort === 'source') return this.#generate(content);
		if (kind === 'bytes') return content;
		if (kind === 'string') return Buffer.from(content).toString('latin1');
		const pieces = this.#generate(content);
		if (kind === 'generator') return pieces;
		return kind === 'stream' ? streamOf(pieces) : Readable.from(pieces);
	}

	async *#generate(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
		for (const piece of piecesOf(content, 4)) {
			yield piece;
			if (this.#random.chance(1, 8)) await sleep(this.#random.below(4));
			this.#abortIn(['source']);
		}
	}

	async #call(): Promise<HTTPResponse> {
		const method = this.#upload === null ? 'GET' : this.#random.pick(['POST', 'PUT']);
		// The ids of `request` exist on HTTP/2 only.
		if (this.#conn.version !== 'HTTP/2' || this.#random.chance(3, 4)) {
			return this.#conn.roundTrip(method, this.#path, this.#options());
		}
		const id = await this.#conn.request(method, this.#path, this.#options());
		return this.#conn.getResponse(id ?? undefined);
	}

	async #read(response: HTTPResponse): Promise<Outcome> {
		const how = this.#random.pick(['bytes', 'bytes', 'iterate', 'slowly', 'stream', 'read', 'part', 'close'] as const);
		if (how === 'close') {
			await response.close();
			return 'closed';
		}
		const pieces: Uint8Array[] = [];
		if (how === 'bytes') {
			pieces.push(await response.bytes());
		} else if (how === 'read') {
			for (let piece = await response.read(5000); piece.length > 0; piece = await response.read(5000)) {
				pieces.push(piece.slice());
				this.#abortIn(['piece']);
			}
		} else {
			for await (const piece of (how === 'stream' ? response.body : response) as AsyncIterable<Uint8Array>) {
				pieces.push(piece.slice());
				this.#abortIn(['piece']);
				if (how === 'part') return 'closed';
				if (how === 'slowly') await sleep(this.#random.below(5));
			}
		}
		if (this.#behaviour === 'trailers' && (await response.trailers).get('x-length')[0] !== String(this.#length))
			throw new Error('The trailers are wrong');
		this.#abortIn(['end']);
		return this.#checked(response.status, Buffer.concat(pieces));
	}

	#dispatch(): Promise<Outcome> {
		return new Promise((resolve, reject) => {
			const pieces: Uint8Array[] = [];
			let [status, ends] = [0, 0];
			const end = (settle: () => void): void => {
				if (++ends > 1) throw new Error(`A sink got ${ends} ends`);
				settle();
			};
			const { signal, ...options } = this.#options();
			const method = this.#upload === null ? 'GET' : 'PUT';
			const control = this.#conn.dispatch(
				{ method, path: this.#path, ...options, ...(signal === undefined ? {} : { signal }) },
				{
					onHead: (head) => {
						status = head.status;
						this.#abortIn(['head']);
						if (!this.#random.chance(1, 4)) return;
						control.pause();
						setTimeout(() => control.resume(), this.#random.below(5));
					},
					onContent: (bytes) => {
						pieces.push(bytes.slice());
						this.#abortIn(['piece']);
					},
					onEnd: () => end(() => resolve(this.#checked(status, Buffer.concat(pieces)))),
					onError: (error) => end(() => reject(error)),
				},
			);
			if (this.#abort === 'at once') control.abort(this.#reason);
			if (this.#abort === 'soon') setTimeout(() => control.abort(this.#reason), this.#random.below(20));
		});
	}

	#checked(status: number, content: Buffer): Outcome {
		if (status !== 200) throw new Error(`The status is ${status}`);
		if (this.#behaviour === 'echo') {
			const received = JSON.parse(content.toString()) as Received;
			if (!received.isRight || received.length !== this.#upload)
				throw new Error(`The server got ${received.length} bytes, right: ${received.isRight}`);
		} else if (!content.equals(contentOf(this.#id, this.#length))) {
			throw new Error(`The content is wrong: it has ${content.length} bytes`);
		}
		return 'complete';
	}
}

function streamOf(pieces: AsyncGenerator<Uint8Array, void>): ReadableStream<Uint8Array> {
	return new ReadableStream({
		async pull(controller) {
			const item = await pieces.next();
			if (item.done) controller.close();
			else controller.enqueue(new Uint8Array(item.value));
		},
		async cancel() {
			await pieces.return();
		},
	});
}
