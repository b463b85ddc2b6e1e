// The seams of one life: what the library gets from the caller and from the runtime, whose calls can fail. Seams of the
// process are in platform.ts. Not a seam: what cannot fail (`now`, `afterTurn`, a transport's `pause` and `resume`),
// what only other code of this project calls, and what only a real handshake of TLS calls: test/runtime/node/tls.test.ts has
// `checkServerIdentity`, and test/net/dial.test.ts `keylog`.

import { ConnectError, TLSError } from '../../src/base/errors.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { PlannedError } from '../simulation/exchange.ts';
import type { End } from '../simulation/network.ts';
import type { Wrap } from '../simulation/world.ts';
import { failing, type Mode, modeOf, withMethods } from './saboteur.ts';

type Call = (...given: never[]) => unknown;

const BOTH: readonly Mode[] = ['throws', 'rejects'];
const REJECTS: readonly Mode[] = ['rejects'];

export const planned = (text: string): PlannedError => new PlannedError(text);

/** Gives the library objects that can fail. */
export const wrap: Wrap = (kind, object, exchange) => {
	const wrapper = WRAPPERS[kind];
	if (wrapper === undefined) throw new Error(`No seam for ${kind}`);
	return wrapper(object, exchange ?? null) as typeof object;
};

const WRAPPERS: Record<string, (object: object, exchange: number | null) => object> = {
	runtime: (runtime) =>
		withMethods(runtime, {
			dial: (call) => failing('dial', call, { error: connectError, modes: BOTH, instead: nothing }),
			secure: (call) => failing('secure', call, { error: tlsError, modes: BOTH, instead: destroyFirst }),
			decompress: (call) => {
				const wrapped = async (...given: never[]): Promise<unknown> => decoder((await call(...given)) as object);
				return failing('decompress', wrapped, { error: memoryError, modes: REJECTS, instead: nothing });
			},
		}),
	transport: (transport) => brittle(transport as End),
	lookup: (lookup) => brittleLookup(lookup as Lookup),
	trailers: callback('trailers'),
	onInformational: callback('onInformational'),
	onChange: callback('onChange'),
	sink: (sink, exchange) => {
		const names = ['onStart', 'onInformational', 'onHead', 'onContent', 'onTrailers', 'onEnd', 'onError'];
		const fail = (name: string) => (call: Call) =>
			failing(`sink.${name}`, call, { error: planned, modes: BOTH, exchange });
		return withMethods(sink, Object.fromEntries(names.map((name) => [name, fail(name)])));
	},
	signal: (signal, exchange) =>
		withMethods(signal, {
			addEventListener: (call) =>
				failing('signal.addEventListener', call, { error: planned, exchange, instead: nothing }),
			removeEventListener: (call) => failing('signal.removeEventListener', call, { error: planned, exchange }),
		}),
	body: (body, exchange) => {
		const isRead = ['getReader', 'pipe', 'stream', Symbol.asyncIterator].some((name) => name in body);
		return isRead ? source(body, exchange) : body;
	},
};

function callback(kind: string) {
	return (call: object, exchange: number | null): object =>
		failing(kind, call as Call, { error: planned, modes: BOTH, exchange });
}

/** A stream or iterable, whatever it is. */
function source(body: object, exchange: number | null): object {
	const fail = (name: string, call: Call, modes?: readonly Mode[], instead?: Call): Call =>
		failing(`source.${name}`, call, {
			error: planned,
			exchange,
			...(modes === undefined ? {} : { modes }),
			...(instead === undefined ? {} : { instead }),
		});
	const iterator = (call: Call): Call => {
		const opened = (): object => {
			const found = call() as AsyncIterator<unknown>;
			// An iterator that fails is over.
			const end = (): void => void found.return?.();
			return withMethods(found, {
				next: (next) => fail('next', next, BOTH, end),
				return: (last) => fail('return', last, BOTH),
			});
		};
		return fail('iterator', opened, undefined, nothing);
	};
	const getReader = (call: Call): Call => {
		const opened = (): object => {
			const reader = call() as ReadableStreamDefaultReader<unknown>;
			return withMethods(reader, {
				read: (read) => fail('read', read, REJECTS, () => void reader.cancel()),
				cancel: (cancel) => fail('cancel', cancel, REJECTS),
			});
		};
		return fail('getReader', opened, undefined, nothing);
	};
	return withMethods(body, {
		[Symbol.asyncIterator]: iterator,
		getReader,
		stream: (call) => fail('stream', () => source(call() as object, exchange)),
		pipe: (call) => fail('pipe', call),
		on: (call) => fail('on', call),
		destroy: (call) => fail('destroy', call),
	});
}

/** An iterator of decoded bytes. */
function decoder(decoded: object): object {
	const end = (): void => void (decoded as AsyncIterator<unknown>).return?.();
	return withMethods(decoded, {
		next: (call) => failing('decoder.next', call, { error: platformError, modes: REJECTS, instead: end }),
		return: (call) => failing('decoder.return', call, { error: platformError, modes: REJECTS }),
	});
}

/** A transport whose writes fail: as they throw, before any byte is sent, within, or behind the bytes. */
function brittle(end: End): Transport {
	let hasFailed = false;
	const write = (chunks: readonly Uint8Array[]): boolean => {
		switch (modeOf('write', ['throws', 'lost', 'half', 'sent'])) {
			case 'throws':
				throw platformError('planned: write throws');
			case 'lost':
				hasFailed = true;
				end.cut();
				return false;
			case 'half':
				end.write(firstHalf(chunks));
				break;
			case 'sent':
				end.write(chunks);
				break;
			default:
				return end.write(chunks);
		}
		end.destroy(platformError('planned: the connection breaks'));
		return false;
	};
	return new Proxy<Transport>(end, {
		get(target, name) {
			if (name === 'hasFailed') return hasFailed;
			if (name === 'write') return write;
			const value: unknown = Reflect.get(target, name, target);
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
}

function firstHalf(chunks: readonly Uint8Array[]): Uint8Array[] {
	const bytes = Buffer.concat(chunks);
	return [new Uint8Array(bytes.subarray(0, bytes.length >> 1))];
}

type Lookup = (host: string, options: unknown, callback: (error: Error | null, found?: unknown) => void) => void;

function brittleLookup(lookup: Lookup): Lookup {
	const modes: readonly Mode[] = ['throws', 'rejects', 'fails', 'resolves'];
	const sabotaged = (host: string, options: unknown, callback: (error: Error | null) => void): unknown => {
		switch (modeOf('lookup', modes)) {
			case 'throws':
				throw planned('planned: lookup throws');
			case 'rejects':
				return Promise.reject(planned('planned: lookup rejects'));
			case 'resolves':
				return Promise.resolve({ address: '192.0.2.0', family: 4 });
			case 'fails':
				return queueMicrotask(() => callback(planned('planned: lookup fails')));
			default:
				return lookup(host, options, callback);
		}
	};
	return sabotaged as Lookup;
}

function nothing(): void {}

/** The call has taken over the transport. */
function destroyFirst(transport: Transport): void {
	transport.destroy();
}

export function platformError(text: string): Error {
	return new Error(text);
}

export function memoryError(text: string): RangeError {
	return new RangeError(`Array buffer allocation failed (${text})`);
}

function connectError(text: string): ConnectError {
	return new ConnectError(text);
}

function tlsError(text: string): TLSError {
	return new TLSError(text);
}
