// What one benchmark is: rivals that do the same work, and the ratios that count.

/** One run of one rival, as its own process measured it. */
export interface Measurement {
	elapsedMs: number;
	/** User and system time of the rival alone. */
	cpuMicros: number;
	/** Further figures of the last run, for instance octets written. */
	figures?: Record<string, number>;
}

export interface Rival {
	name: string;
	/** Its program, rivals/PROGRAM.ts. */
	program: string;
	/** Handed to the program together with the case's own configuration. */
	options?: Record<string, unknown>;
	/** Why it cannot run here; null when it can. */
	missing?: () => string | null;
}

/** `of` against `to`: by their rate, or by their cost. */
export interface Ratio {
	of: string;
	to: string;
	by: 'rate' | 'cost';
	atLeast?: number;
	atMost?: number;
}

/** How counts become the printed figure: counts per second, or CPU microseconds per count, times `factor`. */
export interface Scale {
	unit: string;
	factor: number;
}

export interface Case {
	/** `P1 TLS`: the first word selects it, all of it names its result. */
	name: string;
	what: string;
	rivals: readonly Rival[];
	rate: Scale;
	cost: Scale;
	ratios: readonly Ratio[];
	/** Starts what the rivals need. `config` goes to their processes as JSON. */
	open(place: Place): Promise<{ config: Record<string, unknown>; close(): Promise<void> }>;
}

export interface Place {
	/** Command and arguments that put a program on the servers' core; empty where that is not possible. */
	serverPrefix: readonly string[];
	clientPrefix: readonly string[];
}
