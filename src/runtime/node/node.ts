// The Runtime of Node, and of Deno and Bun, which have the same modules. Chosen by the import condition `#runtime`.
// Importing this file must cost nothing, so modules that are slow to load are loaded at first use.

import type * as HTTP from 'node:http';
import type { Runtime } from '../runtime.ts';
import { dial, secure } from './dial.ts';
import { toDuplex } from './duplex.ts';
import { env } from './permissions.ts';
import { nextTurn } from './turns.ts';

/** The default of `--max-http-header-size`. */
const DEFAULT_MAX_HEADER_SIZE = 16_384;

export const runtime: Runtime = {
	name: 'node',
	dial(options) {
		// Deno loads Buffer and modules at first use, and runs promise jobs meanwhile. In a callback that receives bytes, these
		// could read a body before its first bytes are added.
		if (markAsUntransferable === null) allocateShared(1);
		return dial(options);
	},
	canSecure: true,
	secure,
	http1() {
		const http = process.getBuiltinModule('node:http');
		const { maxHeaderSize } = http;
		return {
			ClientRequest: clientRequestOf(http),
			maxHeaderSize: maxHeaderSize < DEFAULT_MAX_HEADER_SIZE ? maxHeaderSize : null,
			toDuplex,
		};
	},
	decompress: async (compression, source) => (await import('./compression.ts')).decompress(compression, source),
	canFinalize: true,
	channel: (name) => process.getBuiltinModule('node:diagnostics_channel').channel(name),
	env,
	// 0o600, because key logs are secret.
	appendLine: (file, line) => process.getBuiltinModule('node:fs').appendFileSync(file, line, { mode: 0o600 }),
	log: (line) => console.error('%s', line),
	// In an I/O callback, process.nextTick alone would run before the promise jobs.
	afterTurn: (callback) => queueMicrotask(() => process.nextTick(callback)),
	afterPoll,
	snapshot: () => process.getBuiltinModule('node:async_hooks').AsyncLocalStorage.snapshot(),
	nextTurn,
	now: () => performance.now(),
	allocateShared,
	warn: (message) => process.emitWarning(message, 'HyperWarning'),
};

/**
 * In an I/O callback, the first `setImmediate` runs before the event loop polls again. A reset connection emits `close` after
 * the second.
 */
function afterPoll(callback: () => void): void {
	setImmediate<[typeof setImmediate, () => void]>(setImmediate, setImmediate, callback);
}

/**
 * The platform's own class, also while a tool of mocking has replaced it (msw, nock): such tools open a connection of their
 * own for each request, which would have neither our TLS options nor our proxy.
 */
function clientRequestOf({ ClientRequest, OutgoingMessage }: typeof HTTP): typeof HTTP.ClientRequest {
	let { prototype } = ClientRequest;
	while (prototype !== null) {
		const parent = Object.getPrototypeOf(prototype);
		if (parent === OutgoingMessage.prototype) return prototype.constructor as typeof HTTP.ClientRequest;
		prototype = parent;
	}
	return ClientRequest;
}

let markAsUntransferable: typeof import('node:worker_threads')['markAsUntransferable'] | null = null;

function allocateShared(length: number): Uint8Array {
	// Uninitialised: zeroing would cost as much as the copy that follows.
	const { buffer } = Buffer.allocUnsafeSlow(length);
	markAsUntransferable ??= process.getBuiltinModule('node:worker_threads').markAsUntransferable;
	markAsUntransferable(buffer);
	return new Uint8Array(buffer);
}
