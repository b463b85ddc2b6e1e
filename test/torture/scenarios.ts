// The scenarios whose calls fail in turn: lives of one connection, each short and about one part of the package. Whatever
// fails, the last request of a scenario must succeed.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ConnectionOptions, FlowControlManager } from '../../src/index.ts';
import { traceFrames } from '../../src/trace.ts';
import type { AnswerPlan, ExchangePlan, UploadPlan } from '../simulation/exchange-plan.ts';
import type { LifePlan } from '../simulation/plan.ts';
import { OPEN } from '../simulation/route-plan.ts';
import { failing, type Mode, RECOVERY } from './saboteur.ts';
import { planned } from './seams.ts';

export interface Scenario {
	readonly name: string;
	readonly plan: LifePlan;
	/** Options beyond those of the plan. */
	readonly options: ConnectionOptions;
	/** Begins to observe the process; returns what ends that. */
	readonly observe: () => () => void;
	/** Whether the connection can dial again after a failure. */
	readonly recovers: boolean;
}

type Life = Partial<Omit<LifePlan, 'exchanges'>>;
type Request = Partial<Omit<ExchangePlan, 'upload' | 'answer'>> & {
	upload?: Partial<UploadPlan>;
	answer?: Partial<AnswerPlan>;
};
type Extras = Partial<Pick<Scenario, 'options' | 'observe' | 'recovers'>>;

const LIFE: Omit<LifePlan, 'exchanges'> = {
	seed: 1,
	connection: 'HTTP20Connection',
	secure: false,
	route: 'direct',
	h2c: false,
	server: 'HTTP/2',
	timeouts: { connect: 1000, headers: 2000, body: 2000, idle: 300_000 },
	keepAlive: null,
	connectionWindowSize: 65_535,
	streamWindow: 65_535,
	connectionBuffer: 33_554_432,
	bodyLimit: 0,
	noise: false,
	enablePush: false,
	throwsOnChange: false,
	settings: {
		maxConcurrentStreams: 100,
		initialWindowSize: 65_535,
		headerTableSize: 4096,
		enableConnectProtocol: true,
	},
	greetsAfter: 0,
	serverIdle: 0,
	network: { latency: 1, jitter: 0, parts: 1 },
	dials: [],
	faults: [],
	end: 'close',
	calm: true,
};

const UPLOAD: UploadPlan = {
	...{ kind: 'string', length: 3000, pieces: 2, pause: 1, failsAt: null, trailers: false, expect: false },
};

const ANSWER: AnswerPlan = {
	...{ behaviour: 'answer', status: 200, delay: 0, pause: 0, length: 3000, pieces: 2, framing: 'length', coding: null },
	...{ informational: 0, trailers: false, pushes: 0, closes: false, readsFirst: true, readPause: 0 },
};

const EXCHANGE: Omit<ExchangePlan, 'id' | 'upload' | 'answer'> = {
	...{ at: 0, call: 'roundTrip', method: 'GET', read: 'bytes', readPause: 0, abortAt: null, throwsAt: null },
};

/** Later than any scenario ends: the request has a signal that never aborts. */
const NEVER = 1_000_000;

function scenario(name: string, life: Life, requests: Request[], extras: Extras = {}): Scenario {
	const exchanges = [...requests, { at: RECOVERY, answer: { length: 1000 } }].map((request, id): ExchangePlan => {
		const { upload, answer, ...rest }: Request = request;
		const body = upload === undefined ? null : { ...UPLOAD, ...upload };
		const method = body === null ? 'GET' : 'POST';
		return { ...EXCHANGE, id, method, ...rest, upload: body, answer: { ...ANSWER, ...answer } };
	});
	const nothing = { options: {}, observe: () => () => undefined, recovers: true };
	return { name, plan: { ...LIFE, ...life, exchanges }, ...nothing, ...extras };
}

const HTTP11: Life = { connection: 'HTTP11Connection', server: 'HTTP/1.1' };
const UNFAIR: Life = { calm: false };
const BODIES = ['string', 'bytes', 'array', 'generator', 'stream', 'readable', 'oldStream', 'params', 'blob'] as const;
const READS = ['bytes', 'iterate', 'read', 'chunked', 'stream', 'raw', 'partial', 'close'] as const;

const uploads: Request[] = BODIES.map((kind, i) => ({ at: 20 * i, upload: { kind } }));
const readers: Request[] = READS.map((read, i) => ({
	...{ at: 20 * i, read, readPause: 1 },
	answer: { framing: i % 2 === 0 ? 'length' : 'chunked', pieces: 3, pause: 1 },
}));
const codings: Request[] = (['gzip', 'deflate', 'br', 'zstd', 'gzip, zstd', 'br, gzip'] as const).map((coding, i) => ({
	...{ at: 20 * i, read: i === 1 ? 'iterate' : 'bytes', answer: { coding, length: 5000 } },
}));
const sinks: Request[] = [
	{ call: 'dispatch', answer: { informational: 1, trailers: true, framing: 'chunked' } },
	{ at: 20, call: 'dispatch', readPause: 5, answer: { trailers: true, framing: 'chunked' } },
	{ at: 40, call: 'dispatch', upload: { kind: 'generator' } },
];
const endings: Request[] = [
	{ call: 'manual', method: 'POST', upload: {} },
	{ at: 20, call: 'request', upload: { kind: 'generator', trailers: true }, read: 'trailers', answer: TRAILED() },
	{ at: 40, upload: { trailers: true }, read: 'trailers', answer: TRAILED() },
];
const expectations: Request[] = [
	{ upload: { expect: true, kind: 'generator' }, answer: { informational: 1 } },
	{ at: 20, upload: { expect: true }, answer: { informational: 1 } },
	{
		at: 2000,
		upload: { expect: true, kind: 'stream' },
		answer: { behaviour: 'early', status: 403, readsFirst: false },
	},
];
const aborts: Request[] = [
	{ abortAt: 1, answer: { behaviour: 'never' } },
	{ at: 20, abortAt: 10, upload: { kind: 'generator', pieces: 20, pause: 2 } },
	{ at: 40, abortAt: 10, answer: { pieces: 20, pause: 2 } },
	{ at: 60, abortAt: 10, call: 'dispatch', answer: { behaviour: 'never' } },
	{ at: 80, abortAt: NEVER },
	{ at: 100, abortAt: NEVER, call: 'dispatch' },
];
const timeouts: Request[] = [
	{ answer: { behaviour: 'never' } },
	{ at: 10, answer: { behaviour: 'stall', pieces: 4 } },
	{ at: 20, upload: { kind: 'generator' }, answer: { behaviour: 'never' } },
];

function TRAILED(): Partial<AnswerPlan> {
	return { trailers: true, framing: 'chunked' };
}

const WATCHED: readonly Mode[] = ['throws', 'rejects'];

function listener(kind: string): () => void {
	return failing(kind, () => undefined, { error: planned, modes: WATCHED });
}

/** Everything that can be told what a connection does. */
const OBSERVED: Extras = {
	options: {
		logger: { debug: listener('logger.debug'), info: listener('logger.info'), warn: listener('logger.warn') },
		onFrame: listener('onFrame'),
	},
	observe: () => {
		const names = ['connection', 'request', 'response', 'trailers', 'error', 'frame'].map(
			(name) => `hyper-wasm:${name}`,
		);
		const undici = ['request:create', 'client:sendHeaders', 'request:headers', 'request:trailers', 'request:error'];
		const subscriber = failing('subscriber', () => undefined, { error: planned });
		const channels = [...names, ...undici.map((name) => `undici:${name}`)];
		for (const channel of channels) subscribe(channel, subscriber);
		const stopTracing = traceFrames(listener('traceFrames'));
		return () => {
			stopTracing();
			for (const channel of channels) unsubscribe(channel, subscriber);
		};
	},
};

/** The default policy of windows, with questions that fail. */
class BrittleManager extends FlowControlManager {
	override increaseWindowSize = failing('flow.increaseWindowSize', (size: number) => super.increaseWindowSize(size), {
		error: planned,
	});
	override blocked = failing('flow.blocked', () => super.blocked(), { error: planned });
	override onArrival = failing('flow.onArrival', () => undefined, { error: planned });
	override onRoundTrip = failing('flow.onRoundTrip', () => undefined, { error: planned });
}

const MANAGED: ConnectionOptions = {
	flowControl: failing('flow.factory', (size: number) => new BrittleManager(size), { error: planned }),
};

export const SCENARIOS: readonly Scenario[] = [
	scenario('http2 requests', {}, [
		{},
		{ at: 5, call: 'request' },
		{ at: 10, method: 'HEAD' },
		{ at: 15, method: 'DELETE' },
	]),
	scenario('http2 uploads', { settings: { ...LIFE.settings, initialWindowSize: 2000 } }, uploads),
	scenario('http2 trailers and content by hand', {}, endings),
	scenario('http2 expectations', {}, expectations),
	scenario('http2 readers', {}, readers),
	scenario('http2 codings', {}, codings),
	scenario('http2 sinks', {}, sinks),
	scenario('http2 aborts', UNFAIR, aborts),
	scenario('http2 timeouts', UNFAIR, timeouts),
	scenario('http2 extended CONNECT', {}, [{ method: 'CONNECT', upload: { kind: 'generator' } }]),
	scenario('http2 limits of a body', { ...UNFAIR, bodyLimit: 2000 }, [
		{ at: 0 },
		{ at: 10, read: 'text', answer: { length: 1000 } },
		{ at: 20, answer: { coding: 'gzip' } },
		{ at: 30, answer: { framing: 'chunked', pieces: 5, pause: 1 } },
	]),
	scenario('http2 pushes', { enablePush: true }, [{ call: 'request', answer: { pushes: 2 } }]),
	scenario(
		'http2 slow readers with small windows',
		{ streamWindow: 2000, connectionBuffer: 5000 },
		[1, 2, 3].map((i) => ({ read: 'iterate', readPause: i, answer: { length: 9000, pieces: 4 } })),
		{ options: MANAGED },
	),
	scenario('http2 replays', UNFAIR, [
		{ answer: { behaviour: 'refuseOnce' } },
		{ at: 10, upload: { kind: 'generator' }, answer: { behaviour: 'goawayBehind' } },
		{ at: 20, answer: { behaviour: 'misdirect' } },
		{ at: 30, answer: { behaviour: 'refuse' } },
		{ at: 40, upload: { expect: true, kind: 'generator' }, answer: { behaviour: 'failExpectation' } },
	]),
	scenario('http2 the server goes away', UNFAIR, [
		{ answer: { behaviour: 'goaway', pieces: 5, pause: 2 } },
		{ at: 1, answer: { pieces: 5, pause: 2 } },
		{ at: 20 },
	]),
	scenario('http2 the server breaks off', UNFAIR, [
		{ answer: { behaviour: 'reset' } },
		{ at: 10, answer: { behaviour: 'resetLate' } },
		{ at: 20, answer: { behaviour: 'cut' } },
		{ at: 40, answer: { behaviour: 'fin' } },
		{ at: 60, answer: { behaviour: 'garbage' } },
	]),
	scenario('http2 close amid', { ...UNFAIR, faults: [{ at: 5, kind: 'close', milliseconds: 0 }] }, [
		{ answer: { pieces: 9, pause: 2 } },
		{ upload: { kind: 'generator', pieces: 9 } },
		{ at: 6 },
	]),
	scenario('http2 drain', { ...UNFAIR, end: 'drain', faults: [{ at: 5, kind: 'drain', milliseconds: 0 }] }, [
		{ answer: { pieces: 9, pause: 2 } },
		{ upload: { kind: 'generator', pieces: 9 } },
		{ at: 6 },
	]),
	scenario(
		'http2 pings and settings',
		{
			...{ calm: false, keepAlive: { interval: 500, timeout: 500 } },
			faults: [
				{ at: 5, kind: 'callerPing', milliseconds: 0 },
				{ at: 10, kind: 'ping', milliseconds: 0 },
				{ at: 15, kind: 'settings', milliseconds: 200 },
				{ at: 900, kind: 'suspend', milliseconds: 1500 },
			],
		},
		[{ answer: { pieces: 9, pause: 100 } }, { at: 2450, upload: {} }],
		{ options: MANAGED },
	),
	scenario('http2 observed', {}, [{ answer: { trailers: true, informational: 1 } }, { at: 10, upload: {} }], OBSERVED),
	scenario('http2 over TLS through a proxy', { secure: true, route: 'proxy', end: 'idle' }, [
		{},
		{ at: 20, upload: {} },
	]),
	scenario(
		'http2 dials',
		{
			...UNFAIR,
			dials: [
				{ ...OPEN, lookup: 'unknown' },
				{ ...OPEN, addresses: ['refused', 'silent', 'open'] },
			],
			serverIdle: 300,
		},
		[{}, { at: 10 }, { at: 1500, upload: { kind: 'generator' } }, { at: 1600, abortAt: 1 }],
	),
	scenario('http2 on the streams of the caller', { route: 'streams' }, [{}, { at: 10, upload: {} }], {
		recovers: false,
	}),
	scenario('http1 requests', HTTP11, [
		{},
		{ at: 5, call: 'request' },
		{ at: 10, method: 'HEAD' },
		{ at: 15, method: 'DELETE' },
	]),
	scenario('http1 uploads', HTTP11, uploads),
	scenario('http1 trailers and content by hand', HTTP11, endings),
	scenario('http1 expectations', HTTP11, expectations),
	scenario('http1 readers', HTTP11, readers),
	scenario('http1 codings', HTTP11, codings),
	scenario('http1 sinks', HTTP11, sinks),
	scenario('http1 aborts', { ...HTTP11, ...UNFAIR }, aborts),
	scenario('http1 timeouts', { ...HTTP11, ...UNFAIR }, timeouts),
	scenario('http1 broken connections', { ...HTTP11, ...UNFAIR, serverIdle: 300 }, [
		{ answer: { closes: true } },
		{ at: 10, answer: { behaviour: 'reset' } },
		{ at: 20, answer: { behaviour: 'cut', framing: 'chunked' } },
		{ at: 40, answer: { behaviour: 'misdirect' } },
		{ at: 50, upload: { expect: true, kind: 'generator' }, answer: { behaviour: 'failExpectation' } },
		{ at: 60, answer: { behaviour: 'timeOut' } },
		{ at: 70, answer: { behaviour: 'garbage' } },
		{ at: 600, answer: { framing: 'close' } },
	]),
	scenario(
		'http1 observed',
		HTTP11,
		[
			{ answer: TRAILED(), read: 'trailers' },
			{ at: 10, upload: {} },
		],
		OBSERVED,
	),
	scenario('http1 through a proxy', { ...HTTP11, route: 'proxy', end: 'idle' }, [{}, { at: 20, upload: {} }]),
	scenario('http1 over TLS through a proxy', { ...HTTP11, secure: true, route: 'proxy' }, [{}, { at: 20, upload: {} }]),
	scenario(
		'an upgrade that the server accepts',
		{ connection: 'HTTPConnection', h2c: 'upgrade' },
		[{}, { upload: {} }, { at: 10 }],
		OBSERVED,
	),
	scenario(
		'an upgrade that the server declines',
		{ connection: 'HTTPConnection', h2c: 'upgrade', server: 'HTTP/1.1' },
		[{}, { upload: {} }, { at: 10 }],
	),
	scenario('a choice by ALPN, then HTTP/1.1 is required', { ...UNFAIR, connection: 'HTTPConnection', secure: true }, [
		{ upload: { kind: 'stream' } },
		{ at: 10, answer: { behaviour: 'requireHTTP11' } },
		{ at: 20 },
	]),
];
