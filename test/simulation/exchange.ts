// One exchange of a simulated life: the application's side of a request, by any of the calls that the package has.

import {
	type DispatchControl,
	HTTP20Connection,
	type HTTPConnection,
	type HTTPResponse,
	type RequestBodyInit,
	type RequestOptions,
} from '../../src/index.ts';
import type { ResponseSink } from '../../src/message/response-sink.ts';
import { contentOf, piecesOf, Source } from './content.ts';
import type { CallbackName, ExchangePlan } from './exchange-plan.ts';
import { pushedContent } from './pushes.ts';
import type { World } from './world.ts';

/** An error that the plan wants: the reason of an abort, or thrown by a callback. */
export class PlannedError extends Error {
	override readonly name = 'PlannedError';
}

/** Of one reader. */
const MOST_PAUSES = 5;

/** What all exchanges of a life share. */
export interface Application {
	readonly world: World;
	readonly conn: HTTPConnection;
	/** Counts the calls of `close`, after which stream ids begin anew. */
	closes: number;
	/** `getResponse` and `send` have no ids where the version may be HTTP/1.1, so exchanges that use them take turns. */
	turn: Promise<unknown>;
}

export type Outcome =
	| { state: 'pending' }
	| { state: 'answered'; status: number; id: string; content: Uint8Array | null; trailers: boolean | null }
	| { state: 'failed'; error: unknown };

export class Exchange {
	readonly plan: ExchangePlan;
	readonly source: Source | null;
	readonly controller: AbortController = new AbortController();
	outcome: Outcome = { state: 'pending' };
	/** Pushes whose content was not as planned. */
	readonly wrongPushes: string[] = [];
	readonly #app: Application;
	#control: DispatchControl | null = null;

	constructor(app: Application, plan: ExchangePlan) {
		this.#app = app;
		this.plan = plan;
		this.source = plan.upload === null || plan.call === 'manual' ? null : new Source(app.world, plan.id, plan.upload);
	}

	/** Settles, whatever happens, once the application has what it asked for. */
	async run(): Promise<void> {
		const { abortAt, call, id, method } = this.plan;
		const { world } = this.#app;
		world.note(`application calls ${call} for ${method} /${id}`);
		if (abortAt !== null) world.after(abortAt, () => this.#abort());
		try {
			this.outcome = await this.#call();
		} catch (error) {
			this.outcome = { state: 'failed', error };
		}
		const { state } = this.outcome;
		const why = this.outcome.state === 'failed' ? `: ${String(this.outcome.error)}` : '';
		world.note(`exchange ${id} has ${state}${why}`);
	}

	#abort(): void {
		if (this.outcome.state !== 'pending') return;
		this.#app.world.note(`application aborts ${this.plan.id}`);
		const reason = new PlannedError('aborted by the application');
		this.controller.abort(reason);
		this.#control?.abort(reason);
	}

	#call(): Promise<Outcome> {
		const { call, method, id } = this.plan;
		const { conn } = this.#app;
		if (call === 'dispatch') return this.#dispatch();
		if (call === 'roundTrip')
			return conn.roundTrip(method, `/${id}`, this.#options()).then((response) => this.#read(response));
		const run = (): Promise<Outcome> => (call === 'manual' ? this.#sendByHand() : this.#request());
		if ((conn as object) instanceof HTTP20Connection) return run();
		const outcome = this.#app.turn.then(run);
		this.#app.turn = outcome.catch(() => undefined);
		return outcome;
	}

	#options(): RequestOptions {
		const { id, method, upload, abortAt } = this.plan;
		const { wrap } = this.#app.world;
		const trailers = () => ({ 'x-sum': String(upload?.length) });
		const onInformational = () => this.#throwAt('onInformational');
		const headers = {
			...(method === 'CONNECT' ? { ':protocol': 'planned' } : {}),
			...(upload?.expect ? { expect: '100-continue' } : {}),
		};
		return {
			...(this.source === null ? {} : { body: this.#body(this.source.body) }),
			...(upload?.trailers ? { trailers: wrap('trailers', trailers, id) } : {}),
			headers,
			...(abortAt === null ? {} : { signal: wrap('signal', this.controller.signal, id) }),
			onInformational: wrap('onInformational', onInformational, id),
		};
	}

	#body(body: RequestBodyInit): RequestBodyInit {
		return typeof body === 'string' ? body : this.#app.world.wrap('body', body, this.plan.id);
	}

	async #request(): Promise<Outcome> {
		const { conn } = this.#app;
		const id = await conn.request(this.plan.method, `/${this.plan.id}`, this.#options());
		const response = conn.getResponse(id);
		if (this.plan.answer.pushes > 0 && id !== null) void this.#readPushes(id);
		return this.#read(await response);
	}

	async #sendByHand(): Promise<Outcome> {
		const { conn, world } = this.#app;
		const { id, method, upload } = this.plan;
		const handle = conn.putRequest(method, `/${id}`);
		conn.putHeader('x-by', 'hand', handle);
		if (method === 'CONNECT') conn.putHeader(':protocol', 'planned', handle);
		const streamId = await conn.endHeaders({}, handle);
		const { closes } = this.#app;
		const response = conn.getResponse(streamId).then((answer) => this.#read(answer));
		response.catch(() => undefined);
		for (const piece of piecesOf(contentOf(id, upload?.length ?? 0), upload?.pieces ?? 1)) {
			if (upload !== null && upload.pause > 0) await world.sleep(upload.pause);
			// The id may belong to another request now.
			if (this.#app.closes !== closes) break;
			// If the request has ended, its response says why.
			if (
				!(await conn.send(piece, {}, streamId).then(
					() => true,
					() => false,
				))
			)
				return response;
		}
		if (this.#app.closes === closes) await conn.send('', { final: true }, streamId).catch(() => undefined);
		return response;
	}

	async #readPushes(id: number): Promise<void> {
		const { answer } = this.plan;
		try {
			for await (const push of (this.#app.conn as HTTPConnection | HTTP20Connection).getPushes(id, {
				captureAll: true,
			})) {
				if (push.path.endsWith('1')) {
					await push.cancel();
					continue;
				}
				const content = await (await push.getResponse()).bytes();
				if (Buffer.compare(content, pushedContent(push.path, answer.length)) !== 0) this.wrongPushes.push(push.path);
			}
		} catch {
			// The request has failed, or the push has.
		}
	}

	async #read(response: HTTPResponse): Promise<Outcome> {
		const { read, readPause, answer } = this.plan;
		const { world } = this.#app;
		const pause = async (): Promise<void> => {
			if (readPause > 0) await world.sleep(readPause);
		};
		await pause();
		const pieces: Uint8Array[] = [];
		let trailers: boolean | null = null;
		switch (read) {
			case 'bytes':
				pieces.push(await response.bytes());
				break;
			case 'text':
				pieces.push(Buffer.from(await response.text()));
				break;
			case 'raw':
				pieces.push(await response.read(null, { decodeContent: false }));
				break;
			case 'trailers': {
				const [content, fields] = await Promise.all([response.bytes(), response.trailers]);
				pieces.push(content);
				trailers = fields.has('x-sum');
				break;
			}
			case 'read':
				for (;;) {
					const piece = await response.read(1 + (answer.length >> 2));
					if (piece.length === 0) break;
					pieces.push(new Uint8Array(piece));
					await pause();
				}
				break;
			case 'iterate':
			case 'chunked':
			case 'stream': {
				const source = read === 'iterate' ? response : read === 'chunked' ? response.readChunked() : response.body;
				let pauses = 0;
				for await (const piece of source as AsyncIterable<Uint8Array>) {
					pieces.push(new Uint8Array(piece));
					if (pauses++ < MOST_PAUSES) await pause();
				}
				break;
			}
			case 'partial':
				for await (const _ of response) break;
				break;
			case 'close':
				await response.close();
		}
		const isWhole = read !== 'partial' && read !== 'close';
		return {
			state: 'answered',
			status: response.status,
			id: response.rawHeaders.get('x-id')[0] ?? '',
			content: isWhole ? Buffer.concat(pieces) : null,
			trailers,
		};
	}

	#dispatch(): Promise<Outcome> {
		const { method, id, readPause } = this.plan;
		const pieces: Uint8Array[] = [];
		let [status, answerId, trailers] = [0, '', false];
		let pauses = 0;
		const pause = (): void => {
			if (readPause === 0) return;
			pauses++;
			this.#control?.pause();
			this.#app.world.after(readPause, () => this.#control?.resume());
		};
		return new Promise((resolve, reject) => {
			const sink: ResponseSink = {
				onStart: () => this.#throwAt('onStart'),
				onInformational: () => this.#throwAt('onInformational'),
				onHead: (head) => {
					status = head.status;
					answerId = head.headers.get('x-id')[0] ?? '';
					pause();
					this.#throwAt('onHead');
				},
				onContent: (bytes) => {
					pieces.push(new Uint8Array(bytes));
					if (pauses < MOST_PAUSES) pause();
					this.#throwAt('onContent');
				},
				onTrailers: () => {
					trailers = true;
					this.#throwAt('onTrailers');
				},
				onEnd: () => {
					resolve({ state: 'answered', status, id: answerId, content: Buffer.concat(pieces), trailers });
					this.#throwAt('onEnd');
				},
				onError: (error) => {
					reject(error);
					this.#throwAt('onError');
				},
			};
			// Its `onInformational` would throw twice.
			const { onInformational, ...options } = this.#options();
			this.#control = this.#app.conn.dispatch(
				{ method, path: `/${id}`, ...options },
				this.#app.world.wrap('sink', sink, id),
			);
		});
	}

	#throwAt(name: CallbackName): void {
		if (this.plan.throwsAt === name) this.#throw();
	}

	#throw(): never {
		throw new PlannedError('thrown by a callback');
	}
}
