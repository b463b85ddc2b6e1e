// Where messages for the developer go: the caller's logger, and standard error when NODE_DEBUG names us. Nothing is to
// be formatted for a level that nobody takes.

import type { Runtime } from '../runtime/runtime.ts';
import { guard } from '../trace/guard.ts';

/** Where messages go; what is missing is silent. */
export interface Logger {
	/** Every frame, over several lines. */
	debug?(message: string): void;
	/** Connections that are opened and closed, requests, and the heads of responses. */
	info?(message: string): void;
	/** What went wrong. */
	warn?(message: string): void;
}

type Sink = (message: string) => void;

type LogRuntime = Pick<Runtime, 'env' | 'log' | 'warn'>;

export class Log {
	readonly debug: readonly Sink[];
	readonly info: readonly Sink[];
	readonly warn: readonly Sink[];

	/** TypeError for what cannot be a logger. */
	constructor(logger: Logger | undefined, runtime: LogRuntime) {
		if (logger !== undefined && (typeof logger !== 'object' || logger === null)) {
			throw new TypeError(`logger must be an object, not ${logger === null ? 'null' : typeof logger}`);
		}
		const echoes = isNamed(runtime.env('NODE_DEBUG')) ? [(message: string) => echo(message, runtime)] : [];
		const sinks = (level: keyof Logger): Sink[] => [...sinksOf(logger, level, runtime), ...echoes];
		this.debug = sinks('debug');
		this.info = sinks('info');
		this.warn = sinks('warn');
	}
}

export function write(sinks: readonly Sink[], message: string): void {
	for (const sink of sinks) sink(message);
}

function sinksOf(logger: Logger | undefined, level: keyof Logger, runtime: LogRuntime): Sink[] {
	const method = logger?.[level];
	if (logger === undefined || method === undefined) return [];
	if (typeof method !== 'function') throw new TypeError(`logger.${level} must be a function, not ${typeof method}`);
	return [guard((message: string) => method.call(logger, message), `logger.${level}`, runtime)];
}

/** Whether `hyper` is in the list, as `debuglog` of node:util reads it: separated by commas, in any case, `*` for any text. */
function isNamed(list: string | undefined): boolean {
	return (list ?? '').split(',').some((entry) => {
		const pattern = entry.trim().replace(/[|\\{}()[\]^$+?.]/g, '\\$&');
		return new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test('hyper');
	});
}

/** Each line says whose it is. */
function echo(message: string, runtime: LogRuntime): void {
	runtime.log(message.replace(/^/gm, 'HYPER '));
}
