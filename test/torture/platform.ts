// The seams of the process: timers, memory, instances of the engine and their calls, the platform's HTTP/1.1. Importing this
// file installs them. Only calls of the library's client count: the servers of a life use parts of the library too.

import { LocalProtocolError } from '../../src/base/errors.ts';
import { takeEngine } from '../../src/codec/engine.ts';
import { ConnectionDiagnostics } from '../../src/diagnostics/diagnostics.ts';
import type { HTTP1Platform } from '../../src/runtime/http1.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { holdTime } from '../simulation/world.ts';
import { failing, modeOf, passOrThrow } from './saboteur.ts';
import { memoryError, platformError } from './seams.ts';

type Call = (...given: never[]) => unknown;

/** Calls of the engine whose work depends on data; the others write a few numbers. */
const ENGINE_CALLS: readonly string[] = [
	...['receive', 'decode', 'beginBlock', 'encodeIndexed', 'encodeInserted', 'encodeLiteral', 'writeHeaders'],
];

const { setTimeout } = globalThis;
Object.assign(globalThis, {
	setTimeout: (callback: () => void, milliseconds: number, ...given: unknown[]) =>
		setTimeout(callback, modeOf('timer', ['early']) === null ? milliseconds : 0, ...given),
});

/** Whether the client makes this call, not a server of the simulation. */
function isByClient(): boolean {
	return !/\/src\/testing\/|\/test\/simulation\/http20-server/.test(stackOf(20));
}

/** The files of the latest calls, without the texts of the stack: those would be mapped to the sources, which is slow. */
function stackOf(frames: number): string {
	const { stackTraceLimit, prepareStackTrace } = Error;
	Error.stackTraceLimit = frames;
	Error.prepareStackTrace = (_error, sites) => sites.map((site) => site.getFileName()).join('\n');
	const { stack = '' } = new Error();
	Object.assign(Error, { stackTraceLimit, prepareStackTrace });
	return stack;
}

/** Memory whose size the peer or the caller decides. Where the size is fixed, the process is about to end. */
const SIZED = /\/src\/(?:content|body|message)\/|\/src\/base\/bytes/;

globalThis.Uint8Array = new Proxy(Uint8Array, {
	construct(target, given: unknown[], newTarget) {
		const [length] = given;
		const isSized = typeof length === 'number' && length > 0 && SIZED.test(stackOf(3).split('\n').at(-1) as string);
		if (isSized && isByClient()) passOrThrow('memory', memoryError);
		return Reflect.construct(target, given, newTarget);
	},
});

const { allocateShared, http1 } = runtime;
runtime.allocateShared = failing('memory', allocateShared, { error: memoryError, instead: nothing });

let instances = 0;
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
	construct(target, given: [WebAssembly.Module]) {
		if (isByClient()) passOrThrow('instantiate', memoryError);
		instances++;
		return { exports: trapping(new target(...given).exports) };
	},
});

/** Takes all instances that earlier runs have given back. */
export function drainEngines(): void {
	for (const before = instances; instances === before; ) takeEngine(false);
}

/** The exports of an instance. Whose it is, the call that takes it shows, because instances are used again. */
function trapping(exports: WebAssembly.Exports): object {
	let isOurs = false;
	const trapped = Object.entries(exports).map(([name, value]): [string, unknown] => {
		if (typeof value !== 'function') return [name, value];
		const call = value as Call;
		if (name === 'reset') {
			const reset = (wholeFrames: never): void => {
				isOurs = isByClient();
				call(wholeFrames);
			};
			return [name, reset];
		}
		if (!ENGINE_CALLS.includes(name)) return [name, call];
		const trap = failing(`engine.${name}`, call, { error: trapError, instead: nothing });
		return [name, (...given: never[]): unknown => (isOurs ? trap(...given) : call(...given))];
	});
	return Object.fromEntries(trapped);
}

runtime.http1 = failing('http1', () => brittlePlatform(http1() as HTTP1Platform), { error: noPlatform });

function brittlePlatform(platform: HTTP1Platform): HTTP1Platform {
	const ClientRequest = new Proxy(platform.ClientRequest, {
		construct(target, given) {
			passOrThrow('ClientRequest', platformError);
			const request = Reflect.construct(target, given) as InstanceType<typeof target>;
			for (const name of ['write', 'end', 'flushHeaders', 'addTrailers'] as const) {
				const call = request[name].bind(request) as Call;
				Object.assign(request, { [name]: failing(`http1.${name}`, call, { error: platformError, instead: nothing }) });
			}
			return request;
		},
	});
	const toDuplex: HTTP1Platform['toDuplex'] = (...given) => {
		const duplex = platform.toDuplex(...given);
		const release = duplex.release as Call;
		return Object.assign(duplex, {
			release: failing('release', release, { error: platformError, modes: ['rejects'], instead: nothing }),
		});
	};
	return { ...platform, ClientRequest, toDuplex };
}

// The first frame listener of a connection loads the tracer.
const { opened } = ConnectionDiagnostics.prototype;
ConnectionDiagnostics.prototype.opened = function (transport, version) {
	const traced = opened.call(this, transport, version);
	if (traced instanceof Promise) holdTime(traced);
	return traced;
};

function nothing(): void {}

function noPlatform(text: string): LocalProtocolError {
	return new LocalProtocolError(text);
}

function trapError(text: string): WebAssembly.RuntimeError {
	return new WebAssembly.RuntimeError(`unreachable (${text})`);
}
