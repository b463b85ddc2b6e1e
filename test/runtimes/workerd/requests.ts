// A worker that keeps a connection between its requests. `/open` opens it; `/call?do=NAME` calls it from another request and
// answers with what that gave, or its error; `/unread` drops responses that it does not read; `/coded/br` asks for a coding.

import { HTTP20Connection, HTTPConnection, type HTTPResponse, HyperError } from 'hyper-wasm';

interface Bindings {
	readonly HTTP2: string;
	readonly TLS: string;
	readonly TLS_WITHOUT_ALPN: string;
	readonly Keeper: { idFromName(name: string): unknown; get(id: unknown): { fetch(url: string): Promise<Response> } };
}

let connection: HTTP20Connection;
let response: HTTPResponse;

const get = async (path = '/early'): Promise<string> => await (await connection.roundTrip('GET', path)).text();

const calls: Record<string, () => unknown> = {
	roundTrip: get,
	post: () => connection.roundTrip('POST', '/echo', { body: (async function* () {})() }),
	request: () => connection.request('GET', '/early'),
	endHeaders() {
		connection.putRequest('POST', '/echo');
		return connection.endHeaders();
	},
	send: () => connection.send('content'),
	getResponse: () => connection.getResponse(),
	connect: () => connection.connect(),
	ping: () => connection.ping(),
	dispatch: () =>
		new Promise((resolve, reject) => {
			connection.dispatch({ method: 'GET', path: '/early' }, { onEnd: () => resolve('end'), onError: reject });
		}),
	bytes: () => response.bytes(),
	read: () => response.read(1),
	next: () => response[Symbol.asyncIterator]().next(),
	stream: () => response.body.getReader().read(),
	trailers: () => response.trailers,
	closeResponse: () => response.close(),
	close: () => connection.close(),
	drain: () => connection.close({ drain: true }),
};

const requests: Record<string, (bindings: Bindings, query: URLSearchParams, context: Context) => unknown> = {
	async '/open'({ HTTP2 }, query, context) {
		connection = new HTTP20Connection(`http://127.0.0.1:${HTTP2}`);
		response = await connection.roundTrip('GET', '/stall/10');
		if (query.has('stays')) context.waitUntil(new Promise((resolve) => setTimeout(resolve, 3_000)));
		return get();
	},

	'/call': (_, query) => calls[query.get('do') ?? '']?.(),

	/** In this request alone. */
	async '/own'({ HTTP2 }) {
		await using own = new HTTP20Connection(`http://127.0.0.1:${HTTP2}`);
		const answers = await Promise.all([1, 2, 3].map(async () => (await own.roundTrip('GET', '/bytes/100000')).bytes()));
		return answers.map(({ length }) => length).join();
	},

	async '/unread'({ HTTP2 }) {
		await using own = new HTTP20Connection(`http://127.0.0.1:${HTTP2}`);
		for (let i = 0; i < 3; i++) {
			await own.roundTrip('GET', '/stall/10');
			await new Promise((resolve) => setTimeout(resolve, 1));
			(globalThis as { gc?: () => void }).gc?.();
		}
		for (let i = 0; own.streams > 0 && i < 1_000; i++) {
			(globalThis as { gc?: () => void }).gc?.();
			await own.ping();
		}
		return `${own.streams} streams`;
	},

	async '/coded'({ HTTP2 }, query) {
		await using own = new HTTP20Connection(`http://127.0.0.1:${HTTP2}`);
		return (await (await own.roundTrip('GET', `/coded/${query.get('coding')}`)).text()).length;
	},

	async '/tls'({ TLS, TLS_WITHOUT_ALPN }, query) {
		const port = query.has('alpn') ? TLS : TLS_WITHOUT_ALPN;
		await using own = new HTTPConnection(
			`https://localhost:${port}`,
			query.has('forced') ? { forceProtocol: 'h2' } : {},
		);
		const answer = await own.roundTrip('GET', '/early');
		return `${answer.version} ${await answer.text()}`;
	},

	/** Several requests of one Durable Object, which may share a connection. */
	async '/object'({ Keeper }) {
		const object = Keeper.get(Keeper.idFromName('one'));
		const answers: string[] = [];
		for (const path of ['/open', '/call?do=roundTrip', '/call?do=ping', '/call?do=close']) {
			answers.push(await (await object.fetch(`http://object${path}`)).text());
		}
		return answers.join('\n');
	},
};

interface Context {
	waitUntil(promise: Promise<unknown>): void;
}

async function answer(request: Request, bindings: Bindings, context: Context): Promise<Response> {
	const { pathname, searchParams } = new URL(request.url);
	try {
		return new Response(String(await requests[pathname]?.(bindings, searchParams, context)));
	} catch (error) {
		return new Response(reasonOf(error));
	}
}

function reasonOf(error: unknown): string {
	return `${error instanceof HyperError ? error.code : (error as Error).name}: ${(error as Error).message}`;
}

export class Keeper {
	readonly #bindings: Bindings;
	readonly #context: Context;

	constructor(state: Context, bindings: Bindings) {
		this.#context = state;
		this.#bindings = bindings;
	}

	fetch(request: Request): Promise<Response> {
		return answer(request, this.#bindings, this.#context);
	}
}

/** What a connection does before any request. */
const early = await new HTTP20Connection('http://127.0.0.1:1').connect().catch(reasonOf);
requests['/global'] = () => early;

const worker: { fetch: typeof answer } = { fetch: answer };
export default worker;
