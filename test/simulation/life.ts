// Runs one life by its plan: connects the application, the network and the servers in a world, waits until everything has
// settled, and returns what was wrong.

import './world.ts';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { type ConnectionOptions, HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import { takeViolations } from '../support/checked-sinks.ts';
import { Dials } from './dials.ts';
import { type Application, Exchange, type Outcome, PlannedError } from './exchange.ts';
import { checkExchange, checkReleased, describe } from './invariants.ts';
import { Ledger, type Violation } from './ledger.ts';
import type { FaultPlan, LifePlan } from './plan.ts';
import { PROXY } from './route-plan.ts';
import { World, type Wrap } from './world.ts';

export interface LifeReport {
	readonly violations: readonly Violation[];
	readonly trace: readonly string[];
	/** Equal for equal lives. */
	readonly digest: number;
	/** How the exchanges ended, by their ids. */
	readonly outcomes: ReadonlyMap<number, Outcome>;
	/** What nothing has caught: at most what the plan throws. */
	readonly uncaught: readonly unknown[];
}

/** What a life gets beside its plan. */
export interface Extras {
	readonly wrap?: Wrap;
	readonly options?: ConnectionOptions;
}

/** Virtual milliseconds within which everything settles after the last thing that the plan does. */
const PATIENCE = { calm: 900_000, other: 120_000 };
/** By the milliseconds of the fault. */
const GOAWAY_CODES: Readonly<Record<number, number>> = {
	10: ErrorCode.ENHANCE_YOUR_CALM,
	200: ErrorCode.HTTP_1_1_REQUIRED,
};
/** Within which `close` settles. */
const CLOSE_TIME = 1100;

export async function live(plan: LifePlan, extras: Extras = {}): Promise<LifeReport> {
	const life = new Life(plan, extras);
	await life.run();
	const { world, ledger, outcomes } = life;
	const { trace, digest, uncaught } = world;
	return { violations: ledger.violations, trace, digest, outcomes, uncaught };
}

class Life {
	readonly world: World;
	readonly ledger: Ledger;
	readonly #plan: LifePlan;
	readonly #dials: Dials;
	/** Faults so far. */
	#strikes = 0;
	readonly #exchanges: Exchange[] = [];
	/** Other calls of the application, by name, until they have settled. */
	readonly #calls = new Set<string>();
	readonly #app: Application;

	constructor(plan: LifePlan, { wrap, options = {} }: Extras) {
		this.#plan = plan;
		this.world = new World(plan.seed, wrap);
		this.ledger = new Ledger(plan, () => this.world.stop());
		this.#dials = new Dials(this.world, this.ledger);
		this.#app = { world: this.world, conn: this.#connect(options), closes: 0, turn: Promise.resolve() };
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
			if (!isPlanned(error)) ledger.violate('uncaught', describe(error));
		}
		for (const text of takeViolations()) ledger.violate('sink', text);
	}

	get outcomes(): Map<number, Outcome> {
		return new Map(this.#exchanges.map(({ plan, outcome }) => [plan.id, outcome]));
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
		// A connection may still be opened that nothing needs any more.
		await world.run(world.now + 5000);
		// Pushes of requests that have failed are kept until there are too many.
		if (this.#plan.enablePush && !this.#plan.calm) return;
		if (conn.streams !== 0) ledger.violate('left', `${conn.streams} streams are left on the connection`);
		for (const { gateway, isFaulty } of this.#dials.wires) {
			const { http20 } = gateway;
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
		for (const [i, { near }] of this.#dials.wires.entries()) {
			if (!near.isClosed) ledger.violate('left', `Connection ${i} is open`);
		}
		for (const exchange of this.#exchanges) checkReleased(exchange, ledger);
		for (const { near } of this.#dials.wires) near.destroy();
		await world.run(world.now + 1000);
		for (const { gateway } of this.#dials.wires) gateway.onClose();
	}

	#connect(extra: ConnectionOptions): HTTPConnection {
		const { connection, secure, route, timeouts, keepAlive, enablePush, h2c, throwsOnChange } = this.#plan;
		const options: ConnectionOptions = {
			timeout: timeouts,
			...(route === 'proxy' ? { proxy: PROXY } : {}),
			...(route === 'streams' ? { transport: this.#dials.openStreams() } : {}),
			...(keepAlive === null ? {} : { keepAlive }),
			connectionWindowSize: this.#plan.connectionWindowSize,
			settings: { initialWindowSize: this.#plan.streamWindow },
			limits: { connectionBuffer: this.#plan.connectionBuffer, body: this.#plan.bodyLimit },
			enablePush,
			...(connection === 'HTTPConnection' ? { h2c } : {}),
			...extra,
		};
		const classes = { HTTP20Connection, HTTP11Connection, HTTPConnection };
		const conn = new classes[connection](`${secure ? 'https' : 'http'}://a.test`, options as object) as HTTPConnection;
		conn.onChange = this.world.wrap('onChange', () => {
			if (throwsOnChange && this.world.random.chance(1, 3)) throw new PlannedError('thrown by onChange');
		});
		return conn;
	}

	/** Something happens to the latest connection, the process or the machine. */
	#strike({ kind, milliseconds }: FaultPlan): void {
		const { world } = this;
		const { conn } = this.#app;
		this.#strikes++;
		world.note(`fault: ${kind} (${milliseconds} ms)`);
		const wire = this.#dials.wires.at(-1);
		const server = wire?.gateway.http20;
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
		if (kind === 'goaway') server?.goAway(GOAWAY_CODES[milliseconds] ?? ErrorCode.NO_ERROR);
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

/** Thrown by the plan, or the warning that a listener has thrown it. */
function isPlanned(error: unknown): boolean {
	if (error instanceof PlannedError) return true;
	return error instanceof Error && error.name === 'HyperWarning' && error.message.includes(PlannedError.name);
}
