// Types of a benchmark case: rivals that do the same work, and the ratios between them.

/** One run of one rival, measured by its own process. */
export interface Measurement {
	elapsedMs: number;
	/** User and system time of the rival's process. */
	cpuMicros: number;
	/** Other figures of the last run, such as bytes written. */
	figures?: Record<string, number>;
}

export interface Rival {
	name: string;
	/** The name of its program, rivals/PROGRAM.ts. */
	program: string;
	/** Passed to the program with the configuration of the case. */
	options?: Record<string, unknown>;
	/** Returns why it cannot run here, or null if it can. */
	missing?: () => string | null;
}

/** The rate, or the CPU cost, of `of` divided by that of `to`. */
export interface Ratio {
	of: string;
	to: string;
	by: 'rate' | 'cost';
	atLeast?: number;
	atMost?: number;
}

/** The printed figure is counts per second, or CPU microseconds per count, times `factor`. */
export interface Scale {
	unit: string;
	factor: number;
}

export interface Case {
	/** Such as `P1 TLS`. The first word selects the case; the whole name is that of its result. */
	name: string;
	what: string;
	rivals: readonly Rival[];
	rate: Scale;
	cost: Scale;
	ratios: readonly Ratio[];
	/** Starts what the rivals need. `config` is sent to their processes as JSON. */
	open(place: Place): Promise<{ config: Record<string, unknown>; close(): Promise<void> }>;
}

export interface Place {
	/** Command and arguments that pin a program to the servers' core; empty if pinning is not possible. */
	serverPrefix: readonly string[];
	clientPrefix: readonly string[];
}
