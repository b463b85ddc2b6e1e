// A life as a plan: what the application, the server and the network will do, and when. It is made from a seed, is plain
// JSON, and can be shortened without changing the rest: everything is planned, nothing is decided while it runs.

import { SeededRandom } from '../support/seeded-random.ts';
import type { NetworkPlan } from './network.ts';
import { type DialPlan, planDial, type RoutePlan } from './route-plan.ts';

type BodyKind =
	| 'string'
	| 'bytes'
	| 'array'
	| 'generator'
	| 'stream'
	| 'readable'
	| 'oldStream'
	| 'params'
	| 'blob'
	| 'form';

export interface UploadPlan {
	kind: BodyKind;
	length: number;
	pieces: number;
	/** Milliseconds before each piece of a source. */
	pause: number;
	/** The piece at which the source fails. */
	failsAt: number | null;
	trailers: boolean;
	expect: boolean;
}

type Behaviour =
	| 'answer'
	| 'early'
	| 'reset'
	| 'resetLate'
	| 'refuse'
	| 'refuseOnce'
	| 'never'
	| 'stall'
	| 'cut'
	| 'fin'
	| 'goaway'
	| 'goawayBehind'
	| 'misdirect'
	| 'requireHTTP11'
	/** An expectation is answered with 417. */
	| 'failExpectation'
	/** The first arrival is answered with 408. */
	| 'timeOut'
	| 'wrongLength'
	| 'garbage';

export interface AnswerPlan {
	behaviour: Behaviour;
	status: number;
	/** Milliseconds before the head, and before each piece of content. */
	delay: number;
	pause: number;
	length: number;
	pieces: number;
	framing: 'length' | 'chunked' | 'close';
	coding: Coding | null;
	informational: number;
	trailers: boolean;
	/** Pushed responses, each with as many bytes. */
	pushes: number;
	closes: boolean;
	/** Whether the whole request is read before the answer. */
	readsFirst: boolean;
	/** Milliseconds before received content is read. */
	readPause: number;
}

/** Of content, in the order in which they were applied. */
export type Coding = (typeof CODINGS)[number];

type CallKind = 'roundTrip' | 'request' | 'dispatch' | 'manual';
type ReadKind = 'bytes' | 'text' | 'iterate' | 'read' | 'chunked' | 'stream' | 'trailers' | 'raw' | 'partial' | 'close';
export type CallbackName = 'onStart' | 'onInformational' | 'onHead' | 'onContent' | 'onTrailers' | 'onEnd' | 'onError';

export interface ExchangePlan {
	id: number;
	at: number;
	call: CallKind;
	method: string;
	upload: UploadPlan | null;
	read: ReadKind;
	/** Milliseconds before reading, and between reads; for `dispatch`, how long the sink is paused at its head. */
	readPause: number;
	abortAt: number | null;
	throwsAt: CallbackName | null;
	answer: AnswerPlan;
}

type FaultKind =
	| 'cut'
	| 'silence'
	| 'stall'
	| 'fin'
	| 'goaway'
	| 'shutdown'
	| 'settings'
	| 'ping'
	| 'suspend'
	| 'sleep'
	| 'close'
	| 'drain'
	| 'callerPing'
	| 'connect';

export interface FaultPlan {
	at: number;
	kind: FaultKind;
	milliseconds: number;
}

export interface LifePlan {
	seed: number;
	connection: 'HTTP20Connection' | 'HTTP11Connection' | 'HTTPConnection';
	secure: boolean;
	route: RoutePlan;
	h2c: false | 'upgrade' | 'prior-knowledge';
	/** What the server speaks; in plaintext with an upgrade, whether it accepts it. */
	server: 'HTTP/2' | 'HTTP/1.1';
	timeouts: { connect: number; headers: number; body: number; idle: number };
	keepAlive: { interval: number; timeout: number } | null;
	connectionWindowSize: number;
	streamWindow: number;
	connectionBuffer: number;
	/** `limits.body`; 0: none. */
	bodyLimit: number;
	enablePush: boolean;
	/** Whether `onChange` throws. */
	throwsOnChange: boolean;
	settings: {
		maxConcurrentStreams: number;
		initialWindowSize: number;
		headerTableSize: number;
		enableConnectProtocol: boolean;
	};
	/** Whether an HTTP/2 server sends what means nothing. */
	noise: boolean;
	/** Milliseconds before the server's SETTINGS. */
	greetsAfter: number;
	/** Milliseconds after which an idle connection is closed by the server; 0: never. */
	serverIdle: number;
	network: NetworkPlan;
	/** By dial, in their order; later ones open. */
	dials: DialPlan[];
	exchanges: ExchangePlan[];
	faults: FaultPlan[];
	end: 'close' | 'drain' | 'idle';
	/** Nothing goes wrong, so every request must succeed. */
	calm: boolean;
}

const CODINGS = ['gzip', 'deflate', 'br', 'zstd', 'gzip, zstd', 'br, gzip', 'identity', 'x-gzip'] as const;
const SIZES = [0, 1, 10, 100, 1000, 1000, 5000, 5000, 16_384, 20_000, 70_000];
const FAIR: readonly Behaviour[] = [
	...(['answer', 'answer', 'answer', 'answer', 'answer', 'answer', 'answer', 'answer', 'answer', 'early'] as const),
	...(['early', 'failExpectation', 'misdirect', 'timeOut'] as const),
];
const UNFAIR: readonly Behaviour[] = [
	...([
		'reset',
		'resetLate',
		'refuse',
		'refuseOnce',
		'never',
		'stall',
		'cut',
		'fin',
		'goaway',
		'goawayBehind',
	] as const),
	...(['requireHTTP11', 'wrongLength', 'garbage'] as const),
];
const FAULTS: readonly FaultKind[] = [
	...(['cut', 'silence', 'stall', 'fin', 'goaway', 'shutdown', 'settings', 'ping', 'suspend', 'sleep'] as const),
	...(['close', 'drain', 'callerPing', 'connect'] as const),
];
const BODIES: readonly BodyKind[] = [
	...(['string', 'bytes', 'array', 'generator', 'stream', 'readable', 'oldStream', 'params', 'blob', 'form'] as const),
];
const SINK_CALLS: readonly CallbackName[] = [
	...(['onStart', 'onInformational', 'onHead', 'onContent', 'onTrailers', 'onEnd', 'onError'] as const),
];
/** Milliseconds in which a life's requests begin. */
const SPAN = 3000;

/** The plan of one life. */
export function planLife(seed: number): LifePlan {
	const random = new SeededRandom(seed, 0);
	const calm = random.chance(1, 4);
	const connection = random.pick(['HTTP20Connection', 'HTTP11Connection', 'HTTPConnection'] as const);
	const secure = random.chance(1, 2);
	const h2c =
		connection === 'HTTPConnection' && !secure ? random.pick([false, 'upgrade', 'prior-knowledge'] as const) : false;
	const speaksOne = connection !== 'HTTPConnection' || (!secure && h2c !== 'upgrade');
	const isHTTP2 = connection === 'HTTP20Connection' || h2c === 'prior-knowledge';
	const server = speaksOne ? (isHTTP2 ? 'HTTP/2' : 'HTTP/1.1') : random.pick(['HTTP/2', 'HTTP/1.1'] as const);
	// Streams cannot be opened again, as HTTP/1.1 may need.
	const canKeep = !calm || (isHTTP2 && server === 'HTTP/2');
	const route = random.pick(['direct', 'direct', 'direct', 'proxy', canKeep ? 'streams' : 'proxy'] as const);
	const count = random.pick([1, 2, 4, 8, 12, 24]);
	const span = random.pick([0, 50, 500, SPAN]);
	const enablePush = random.chance(1, 4);
	// Elsewhere extended CONNECT is an error.
	const mayConnect = !calm || (isHTTP2 && server === 'HTTP/2');
	const exchanges = Array.from({ length: count }, (_, id) =>
		planExchange(random, id, span, calm, enablePush, mayConnect),
	);
	const faults: FaultPlan[] = [];
	if (!calm) {
		for (let i = random.pick([0, 0, 1, 1, 2, 4]); i > 0; i--) {
			faults.push({
				at: random.below(span + 1500),
				kind: random.pick(FAULTS),
				milliseconds: random.pick([10, 200, 1500, 6000, 60_000]),
			});
		}
	}
	return {
		seed,
		connection,
		secure,
		route,
		h2c,
		server,
		timeouts: calm
			? { connect: 10_000, headers: 300_000, body: 300_000, idle: 600_000 }
			: {
					connect: random.pick([500, 3000]),
					headers: random.pick([1000, 5000]),
					body: random.pick([1000, 4000]),
					idle: random.pick([300, 10_000]),
				},
		keepAlive: random.chance(1, 5) ? { interval: 1500, timeout: 1500 } : null,
		connectionWindowSize: random.pick([65_535, 100_000, 16 * 1024 * 1024]),
		streamWindow: random.pick([1000, 65_535, 1024 * 1024]),
		bodyLimit: calm ? 0 : random.pick([0, 0, 900, 20_000]),
		connectionBuffer: random.pick([20_000, 33_554_432]),
		enablePush,
		throwsOnChange: random.chance(1, 12),
		settings: {
			maxConcurrentStreams: random.pick([1, 2, 5, 100]),
			initialWindowSize: calm ? random.pick([100, 65_535, 1_000_000]) : random.pick([0, 100, 65_535, 1_000_000]),
			headerTableSize: random.pick([0, 100, 4096, 65_536]),
			enableConnectProtocol: calm || random.chance(3, 4),
		},
		noise: random.chance(1, 3),
		greetsAfter: random.pick([0, 0, 0, 30, 400]),
		serverIdle: calm ? 0 : random.pick([0, 0, 100, 1000]),
		network: {
			latency: random.pick([0, 0.5, 20, 150]),
			jitter: random.pick([0, 5, 60]),
			parts: random.pick([1, 1, 2, 6]),
		},
		dials: Array.from({ length: 3 }, () => planDial(random, calm)),
		exchanges,
		faults,
		end: random.pick(['close', 'drain', 'idle'] as const),
		calm,
	};
}

function planExchange(
	random: SeededRandom,
	id: number,
	span: number,
	calm: boolean,
	enablePush: boolean,
	mayConnect: boolean,
): ExchangePlan {
	const call = random.pick(['roundTrip', 'roundTrip', 'request', 'dispatch', 'manual'] as const);
	const withBody = call === 'manual' || random.chance(2, 5);
	const method = withBody
		? random.pick(['POST', 'PUT', 'POST', mayConnect ? 'CONNECT' : 'PUT'])
		: random.pick(['GET', 'GET', 'GET', 'HEAD', 'DELETE', 'POST', 'OPTIONS']);
	const behaviour = calm || random.chance(7, 10) ? random.pick(FAIR) : random.pick(UNFAIR);
	const coding = random.chance(1, 5) ? random.pick(CODINGS) : null;
	return {
		id,
		at: span === 0 ? 0 : random.below(span),
		call,
		method,
		upload: withBody ? planUpload(random, calm, call === 'manual') : null,
		read: random.pick([
			'bytes',
			'bytes',
			'text',
			'iterate',
			'read',
			'chunked',
			'stream',
			'trailers',
			'raw',
			'partial',
			'close',
		] as const),
		readPause: random.pick([0, 0, 0, 5, 700]),
		abortAt: !calm && random.chance(1, 7) ? random.below(2500) : null,
		throwsAt: !calm && random.chance(1, 12) ? random.pick(SINK_CALLS) : null,
		answer: {
			behaviour,
			status: behaviour === 'early' ? random.pick([200, 403]) : random.pick([200, 200, 200, 204, 404, 304]),
			delay: random.pick([0, 0, 1, 30, 500]),
			pause: random.pick([0, 0, 1, 20, 300]),
			length: random.pick(SIZES),
			pieces: random.pick([1, 1, 2, 7]),
			framing: random.pick(['length', 'length', 'chunked', 'chunked', 'close'] as const),
			coding,
			informational: random.pick([0, 0, 0, 1, 3]),
			trailers: random.chance(1, 4),
			pushes: enablePush && call === 'request' && random.chance(1, 3) ? 1 + random.below(2) : 0,
			closes: random.chance(1, 12),
			readsFirst: behaviour !== 'early' && random.chance(3, 4),
			readPause: random.pick([0, 0, 5, 100]),
		},
	};
}

function planUpload(random: SeededRandom, calm: boolean, isManual: boolean): UploadPlan {
	const plan: UploadPlan = {
		kind: random.pick(BODIES),
		length: random.pick([...SIZES, 150_000]),
		pieces: random.pick([1, 2, 5, 9]),
		pause: random.pick([0, 0, 1, 40, 400]),
		failsAt: !calm && random.chance(1, 10) ? random.below(4) : null,
		trailers: random.chance(1, 6),
		expect: random.chance(1, 8),
	};
	return isManual ? { ...plan, kind: 'bytes', failsAt: null, trailers: false, expect: false } : plan;
}
