/// <reference path="./proxy-from-env.d.ts" />
// Node, and Deno and Bun, which have the same modules. What costs time to load is loaded when it is first needed:
// importing this file must cost nothing. Chosen by the import condition `#runtime`.

import type { Runtime } from '../runtime.ts';
import { dial, secure } from './dial.ts';
import { toDuplex } from './duplex.ts';

export const runtime: Runtime = {
	name: 'node',
	dial,
	secure,
	http1: () => ({ http: process.getBuiltinModule('node:http'), toDuplex }),
	decompress: async (compression, source) => (await import('./compression.ts')).decompress(compression, source),
	channel: (name) => process.getBuiltinModule('node:diagnostics_channel').channel(name),
	env: (name) => process.env[name],
	proxyFor: async (url) => (await import('proxy-from-env')).getProxyForUrl(url),
	// Key logs are secrets.
	appendLine: (file, line) => process.getBuiltinModule('node:fs').appendFileSync(file, line, { mode: 0o600 }),
	log: (line) => console.error('%s', line),
	// process.nextTick alone would run before the promise jobs when the caller is an I/O callback.
	afterTurn: (callback) => queueMicrotask(() => process.nextTick(callback)),
	now: () => performance.now(),
	allocateShared,
	warn: (message) => process.emitWarning(message, 'HyperWarning'),
};

function allocateShared(length: number): Uint8Array<ArrayBuffer> {
	// Zeros would cost as much as the copy that overwrites them.
	const { buffer } = Buffer.allocUnsafeSlow(length);
	process.getBuiltinModule('node:worker_threads').markAsUntransferable(buffer);
	return new Uint8Array(buffer);
}
