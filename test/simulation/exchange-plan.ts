// An exchange as a plan: what the application asks for and how it reads, and what the server answers.

import type { SeededRandom } from '../support/seeded-random.ts';

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
const BODIES: readonly BodyKind[] = [
	...(['string', 'bytes', 'array', 'generator', 'stream', 'readable', 'oldStream', 'params', 'blob', 'form'] as const),
];
const SINK_CALLS: readonly CallbackName[] = [
	...(['onStart', 'onInformational', 'onHead', 'onContent', 'onTrailers', 'onEnd', 'onError'] as const),
];

/** What an exchange must know of its life. */
interface ExchangeContext {
	id: number;
	span: number;
	calm: boolean;
	enablePush: boolean;
	mayConnect: boolean;
	mayFallBack: boolean;
}

/** One exchange of a life. */
export function planExchange(
	random: SeededRandom,
	{ id, span, calm, enablePush, mayConnect, mayFallBack }: ExchangeContext,
): ExchangePlan {
	const fair: readonly Behaviour[] = mayFallBack ? [...FAIR, 'requireHTTP11'] : FAIR;
	const call = random.pick(['roundTrip', 'roundTrip', 'request', 'dispatch', 'manual'] as const);
	const withBody = call === 'manual' || random.chance(2, 5);
	const method = withBody
		? random.pick(['POST', 'PUT', 'POST', mayConnect ? 'CONNECT' : 'PUT'])
		: random.pick(['GET', 'GET', 'GET', 'HEAD', 'DELETE', 'POST', 'OPTIONS']);
	const behaviour = calm || random.chance(7, 10) ? random.pick(withBody ? FAIR : fair) : random.pick(UNFAIR);
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
