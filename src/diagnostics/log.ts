// The recipients of log messages: the caller's logger, and standard error when NODE_DEBUG names this package. Check that a
// level has recipients before formatting a message for it.

import { guard } from '../base/guard.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** Receives log messages. A level without a method is silent. */
export interface Logger {
	/** Every frame, as several lines. */
	debug?(message: string): void;
	/** Opened and closed connections, requests, and heads of responses. */
	info?(message: string): void;
	/** Failures. */
	warn?(message: string): void;
}

type Sink = (message: string) => void;

type LogRuntime = Pick<Runtime, 'env' | 'log' | 'warn'>;

export class Log {
	readonly debug: readonly Sink[];
	readonly info: readonly Sink[];
	readonly warn: readonly Sink[];

	/** Throws TypeError for an invalid logger. */
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

/** Whether NODE_DEBUG names `hyper`. Read as `debuglog` of node:util does: comma-separated, any case, `*` for any text. */
function isNamed(list: string | undefined): boolean {
	return (list ?? '').split(',').some((entry) => {
		const pattern = entry.trim().replace(/[|\\{}()[\]^$+?.]/g, '\\$&');
		return new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test('hyper');
	});
}

/** Prefixes every line with HYPER. */
function echo(message: string, runtime: LogRuntime): void {
	runtime.log(message.replace(/^/gm, 'HYPER '));
}
