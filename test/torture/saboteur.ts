// Counts the calls of one run that can fail, and makes one of them fail. A place is a kind of call, how many of its kind
// came before, and how it fails: `sink.onHead:2:rejects`.

/**
 * `throws`, `rejects`: what the call does. Of a write: `lost`, nothing was sent; `half`, the connection broke within it;
 * `sent`, it broke behind it. Of a lookup: `fails`, it calls back with an error; `resolves`, it returns a promise instead.
 * Of a timer: `early`, it fires at once, as those of Node may do by a millisecond; platforms have no other failure.
 */
export type Mode = 'throws' | 'rejects' | 'lost' | 'half' | 'sent' | 'fails' | 'resolves' | 'early';

export interface Place {
	readonly kind: string;
	readonly index: number;
	readonly mode: Mode;
}

/** The virtual time from which on nothing fails any more: then the connection must work again. */
export const RECOVERY = 30_000;

export class Saboteur {
	/** All places of the run, in order. */
	readonly places: Place[] = [];
	/** Where the call that failed was made; null if none has. */
	stack: string | null = null;
	/** The exchange whose object failed; null if it belonged to the connection. */
	exchange: number | null = null;
	readonly #target: Place | null;
	readonly #counts = new Map<string, number>();

	constructor(target: Place | null) {
		this.#target = target;
	}

	/** Counts a call that can fail in these ways. Returns how it fails now; null: it does not. */
	pass(kind: string, modes: readonly Mode[], exchange: number | null): Mode | null {
		if (performance.now() >= RECOVERY) return null;
		const index = this.#counts.get(kind) ?? 0;
		this.#counts.set(kind, index + 1);
		for (const mode of modes) this.places.push({ kind, index, mode });
		const target = this.#target;
		if (target?.kind !== kind || target.index !== index) return null;
		this.stack = new Error(`${describePlace(target)} at ${performance.now()} ms`).stack as string;
		this.exchange = exchange;
		return target.mode;
	}
}

export function describePlace({ kind, index, mode }: Place): string {
	return `${kind}:${index}:${mode}`;
}

/** Parses what `describePlace` returns; without a mode, `mode` is undefined. */
export function parsePlace(text: string): Omit<Place, 'mode'> & { mode: string | undefined } {
	const [kind = '', index, mode] = text.split(':');
	return { kind, index: Number(index), mode };
}

/** What the process-wide seams report to: the saboteur of the current run. */
let current = new Saboteur(null);

export function use(saboteur: Saboteur): void {
	current = saboteur;
}

type Call = (...given: never[]) => unknown;

interface Failing {
	/** Creates the error. */
	readonly error: (text: string) => unknown;
	readonly modes?: readonly Mode[];
	readonly exchange?: number | null;
	/** Called with the arguments in place of the call; the default is the call itself, which then fails after its effect. */
	readonly instead?: Call;
}

const THROWS: readonly Mode[] = ['throws'];

/** A call that can fail. */
export function failing<F extends Call>(kind: string, call: F, how: Failing): F {
	const { error, modes = THROWS, exchange = null, instead = call } = how;
	const sabotaged = (...given: never[]): unknown => {
		const mode = current.pass(kind, modes, exchange);
		if (mode === null) return call(...given);
		instead(...given);
		const reason = error(`planned: ${kind} ${mode}`);
		if (mode === 'throws') throw reason;
		return Promise.reject(reason);
	};
	return sabotaged as F;
}

/** Counts a call with modes of its own. */
export function modeOf(kind: string, modes: readonly Mode[]): Mode | null {
	return current.pass(kind, modes, null);
}

/** Throws if this is the place. */
export function passOrThrow(kind: string, error: (text: string) => unknown): void {
	if (current.pass(kind, THROWS, null) !== null) throw error(`planned: ${kind} throws`);
}

/** An object whose methods in the table are replaced, each by what its entry makes of it. */
export function withMethods<T extends object>(object: T, table: Record<PropertyKey, (call: Call) => Call>): T {
	return new Proxy(object, {
		get(target, name) {
			// Private fields are those of the target.
			const value: unknown = Reflect.get(target, name, target);
			if (typeof value !== 'function') return value;
			const call = value.bind(target) as Call;
			return Object.hasOwn(table, name) ? table[name]?.(call) : call;
		},
	});
}
