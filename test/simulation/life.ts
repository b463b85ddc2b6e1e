// Runs one life by its plan: connects the application, the network and the servers in a world, waits until everything has
// settled, and returns what was wrong.

import './world.ts';
import zlib from 'node:zlib';
import { ConnectError } from '../../src/base/errors.ts';
import { type ConnectionOptions, HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { Compression } from '../../src/runtime/runtime.ts';
import type { DialOptions, Transport } from '../../src/runtime/transport.ts';
import { takeViolations } from '../support/checked-sinks.ts';
import { type Application, Exchange, PlannedError } from './exchange.ts';
import { HTTP11Server } from './http11-server.ts';
import { HTTP20Server } from './http20-server.ts';
import { checkExchange, checkReleased, describe } from './invariants.ts';
import { Ledger, type Violation } from './ledger.ts';
import { type End, openPipe } from './network.ts';
import type { FaultPlan, LifePlan } from './plan.ts';
import { World } from './world.ts';

export interface LifeReport {
	readonly violations: readonly Violation[];
	readonly trace: readonly string[];
	/** Equal for equal lives. */
	readonly digest: number;
}

/** Virtual milliseconds within which everything settles after the last thing that the plan does. */
const PATIENCE = { calm: 900_000, other: 120_000 };
/** Within which `close` settles. */
const CLOSE_TIME = 1100;

interface Wire {
	readonly near: End;
	readonly server: HTTP20Server | HTTP11Server;
	/** Whether a fault has hit it. */
	isFaulty: boolean;
}

export async function live(plan: LifePlan): Promise<LifeReport> {
	const life = new Life(plan);
	await life.run();
	const { world, ledger } = life;
	return { violations: ledger.violations, trace: world.trace, digest: world.digest };
}

class Life {
	readonly world: World;
	readonly ledger: Ledger;
	readonly #plan: LifePlan;
	readonly #wires: Wire[] = [];
	#dials = 0;
	/** Faults so far. */
	#strikes = 0;
	readonly #exchanges: Exchange[] = [];
	/** Other calls of the application, by name, until they have settled. */
	readonly #calls = new Set<string>();
	readonly #app: Application;

	constructor(plan: LifePlan) {
		this.#plan = plan;
		this.world = new World(plan.seed);
		this.ledger = new Ledger(plan);
		runtime.dial = (options) => this.#dial(options);
		runtime.decompress = decompress;
		this.#app = { world: this.world, conn: this.#connect(), closes: 0, turn: Promise.resolve() };
	}

	async run(): Promise<void> {
		const { world, ledger } = this;
		const { exchanges, faults, calm, end } = this.#plan;
		let last = 0;
		for (const plan of exchanges) {
			last = Math.max(last, plan.at);
			world.after(plan.at, () => {
				const exchange = new Exchange(this.#app, plan);
				this.#exchanges.push(exchange);
				void exchange.run();
			});
		}
		for (const fault of faults) {
			last = Math.max(last, fault.at);
			world.after(fault.at, () => this.#strike(fault));
		}
		await world.run(last);
		await world.run(world.now + (calm ? PATIENCE.calm : PATIENCE.other), () => this.#isSettled);
		for (const call of this.#calls) ledger.violate('settles', `${call} has not settled`);
		for (const exchange of this.#exchanges) checkExchange(exchange, ledger);
		if (ledger.violations.length === 0) await this.#checkQuiet();
		if (ledger.violations.length === 0) await this.#end(end);
		for (const error of world.uncaught) {
			if (!(error instanceof PlannedError)) ledger.violate('uncaught', describe(error));
		}
		for (const text of takeViolations()) ledger.violate('sink', text);
	}

	get #isSettled(): boolean {
		const { exchanges, faults } = this.#plan;
		// After a suspend, they come later than planned.
		if (this.#exchanges.length < exchanges.length || this.#strikes < faults.length) return false;
		return this.#calls.size === 0 && this.#exchanges.every(({ outcome }) => outcome.state !== 'pending');
	}

	/** Once nothing happens any more, windows are whole and streams are closed. */
	async #checkQuiet(): Promise<void> {
		const { world, ledger } = this;
		const { conn } = this.#app;
		await world.run(world.now + 60_000, () => conn.streams === 0);
		await world.run(world.now + 1000);
		// Pushes of requests that have failed are kept until there are too many.
		if (this.#plan.enablePush && !this.#plan.calm) return;
		if (conn.streams !== 0) ledger.violate('left', `${conn.streams} streams are left on the connection`);
		for (const { server, isFaulty } of this.#wires) {
			const http20 = server instanceof HTTP11Server ? server.http20 : server;
			if (http20 === null || isFaulty || http20.isDisturbed) continue;
			for (const fault of http20.findFaults(this.#plan.connectionWindowSize)) ledger.violate('windows', fault);
		}
	}

	/** Ends the life; nothing is left then. */
	async #end(how: LifePlan['end']): Promise<void> {
		const { world, ledger } = this;
		if (how === 'idle') await world.run(world.now + this.#plan.timeouts.idle + 2000);
		else {
			const begun = world.now;
			this.#watch(how, this.#app.conn.close({ drain: how === 'drain' }));
			await world.run(begun + CLOSE_TIME, () => this.#calls.size === 0);
			if (this.#calls.size > 0) ledger.violate('settles', `${how} of an idle connection has not settled`);
			await world.run(world.now + 1);
			if (world.timers > 0) ledger.violate('left', `${world.timers} timers are running after ${how}`);
			await world.run(world.now + 3000);
		}
		// Sources that were released during a step end after it.
		await world.run(world.now + 1000);
		if (world.timers > 0) ledger.violate('left', `${world.timers} timers are running`);
		for (const [i, { near }] of this.#wires.entries()) {
			if (!near.isClosed) ledger.violate('left', `The transport of dial ${i} is open`);
		}
		for (const exchange of this.#exchanges) checkReleased(exchange, ledger);
		for (const { near } of this.#wires) near.destroy();
		await world.run(world.now + 1000);
		for (const { server } of this.#wires) server.closed();
	}

	#connect(): HTTPConnection {
		const { connection, secure, timeouts, keepAlive, enablePush, h2c, throwsOnChange } = this.#plan;
		const options: ConnectionOptions = {
			timeout: timeouts,
			...(keepAlive === null ? {} : { keepAlive }),
			connectionWindowSize: this.#plan.connectionWindowSize,
			settings: { initialWindowSize: this.#plan.streamWindow },
			limits: { connectionBuffer: this.#plan.connectionBuffer },
			enablePush,
			...(connection === 'HTTPConnection' ? { h2c } : {}),
		};
		const classes = { HTTP20Connection, HTTP11Connection, HTTPConnection };
		const conn = new classes[connection](`${secure ? 'https' : 'http'}://a.test`, options as object) as HTTPConnection;
		conn.onChange = () => {
			if (throwsOnChange && this.world.random.chance(1, 3)) throw new PlannedError('thrown by onChange');
		};
		return conn;
	}

	#dial({ tls, alpnProtocols, signal }: DialOptions): Promise<Transport> {
		const { world } = this;
		const { network, server } = this.#plan;
		const number = this.#dials++;
		const how = this.#plan.dials[number] ?? 'open';
		world.note(`dial ${number}: ${how}`);
		return new Promise((resolve, reject) => {
			const onAbort = (): void => reject(signal?.reason);
			signal?.addEventListener('abort', onAbort, { once: true });
			if (how === 'silent') return;
			world.after(2 * network.latency, () => {
				signal?.removeEventListener('abort', onAbort);
				if (signal?.aborted) return;
				if (how === 'refused') return reject(new ConnectError('Cannot connect: refused by the plan'));
				const speaksHTTP2 =
					server === 'HTTP/2' && (tls === null ? this.#plan.h2c !== 'upgrade' : alpnProtocols.includes('h2'));
				resolve(this.#open(number, tls === null ? null : speaksHTTP2 ? 'h2' : 'http/1.1', speaksHTTP2));
			});
		});
	}

	#open(number: number, alpn: string | null, speaksHTTP2: boolean): Transport {
		const { world, ledger } = this;
		const [near, far] = openPipe(world, this.#plan.network, alpn, this.#plan.seed + number * 7919);
		const server = speaksHTTP2 ? new HTTP20Server(world, far, ledger) : new HTTP11Server(world, far, ledger);
		far.start({
			onBytes: (bytes) => server.receive(bytes),
			onDrain: () => undefined,
			onEnd: () => server.receiveEnd(),
			onClose: () => server.closed(),
		});
		this.#wires.push({ near, server, isFaulty: false });
		return near;
	}

	/** Something happens to the latest connection, the process or the machine. */
	#strike({ kind, milliseconds }: FaultPlan): void {
		const { world } = this;
		const { conn } = this.#app;
		this.#strikes++;
		world.note(`fault: ${kind} (${milliseconds} ms)`);
		const wire = this.#wires.at(-1);
		const server = wire?.server instanceof HTTP11Server ? wire.server.http20 : wire?.server;
		switch (kind) {
			case 'suspend':
				return world.suspend(milliseconds);
			case 'sleep':
				world.asleep += milliseconds;
				if (milliseconds > 5000 && wire !== undefined) {
					wire.isFaulty = true;
					wire.near.silence();
				}
				return;
			case 'close':
				this.#app.closes++;
				return this.#watch('close', conn.close());
			case 'drain':
				return this.#watch('drain', conn.close({ drain: true }));
			case 'connect':
				return this.#watch('connect', conn.connect());
			case 'callerPing':
				return this.#watch('ping', conn.ping());
			default:
		}
		if (wire === undefined) return;
		if (['cut', 'silence', 'stall', 'fin'].includes(kind)) wire.isFaulty = true;
		if (kind === 'cut') wire.near.cut();
		if (kind === 'silence') wire.near.silence();
		if (kind === 'stall') wire.near.stall(milliseconds);
		if (kind === 'fin') wire.near.peer.end();
		if (kind === 'goaway') server?.goAway(milliseconds === 10 ? 11 : 0);
		if (kind === 'shutdown') server?.shutDown();
		if (kind === 'settings') server?.changeSettings(milliseconds * 10, 1 + (milliseconds % 7));
		if (kind === 'ping') server?.ping();
	}

	#watch(name: string, promise: Promise<unknown>): void {
		const call = `${name} at ${this.world.now}`;
		this.#calls.add(call);
		const settle = (error?: unknown): void => {
			this.#calls.delete(call);
			this.world.note(`${call} has settled${error instanceof Error ? `: ${error.message}` : ''}`);
			if (error instanceof Error && !('code' in error)) this.ledger.violate('typed', `${call}: ${describe(error)}`);
		};
		promise.then(() => settle(), settle);
	}
}

/** Node's decoders without their threads, whose order no seed decides. */
async function decompress(
	compression: Compression,
	source: AsyncIterator<Uint8Array>,
): Promise<AsyncIterator<Uint8Array>> {
	return decode(compression, source);
}

interface SyncDecoder {
	setMaxListeners(count: number): unknown;
	_handle: { close(): void };
	_processChunk(chunk: Uint8Array, flush: number): Uint8Array;
	close(): void;
}

async function* decode(compression: Compression, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
	const create = DECODERS[compression] ?? zlib.createInflateRaw;
	const decoder = create() as unknown as SyncDecoder;
	// Each call adds one for errors.
	decoder.setMaxListeners(0);
	const handle = decoder._handle;
	const close = handle.close.bind(handle);
	// Each call would close it.
	handle.close = () => undefined;
	const flush = compression === 'br' ? zlib.constants.BROTLI_OPERATION_FLUSH : zlib.constants.Z_SYNC_FLUSH;
	try {
		for (;;) {
			const item = await source.next();
			if (item.done === true) return;
			const output = decoder._processChunk(new Uint8Array(item.value), flush);
			decoder._handle = handle;
			if (output.length > 0) yield new Uint8Array(output);
		}
	} finally {
		close();
		await source.return?.();
	}
}

const DECODERS: Partial<Record<Compression, () => unknown>> = {
	gzip: zlib.createGunzip,
	deflate: zlib.createInflate,
	br: zlib.createBrotliDecompress,
};
