// A life as a plan: what the application, the server and the network will do, and when. It is made from a seed, is plain
// JSON, and can be shortened without changing the rest: everything is planned, nothing is decided while it runs.

import { SeededRandom } from '../support/seeded-random.ts';
import { type ExchangePlan, planExchange } from './exchange-plan.ts';
import type { NetworkPlan } from './network.ts';
import { type DialPlan, planDial, type RoutePlan } from './route-plan.ts';

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

const FAULTS: readonly FaultKind[] = [
	...(['cut', 'silence', 'stall', 'fin', 'goaway', 'shutdown', 'settings', 'ping', 'suspend', 'sleep'] as const),
	...(['close', 'drain', 'callerPing', 'connect'] as const),
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
	// And here a server that wants HTTP/1.1 gets it.
	const mayFallBack = connection === 'HTTPConnection' && secure && server === 'HTTP/2' && route !== 'streams';
	const exchanges = Array.from({ length: count }, (_, id) =>
		planExchange(random, { id, span, calm, enablePush, mayConnect, mayFallBack }),
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
