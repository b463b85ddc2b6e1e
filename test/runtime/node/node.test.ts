// The members of the runtime that have nothing to do with sockets.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runtime } from '../../../src/runtime/node/node.ts';
import { runChild } from '../../support/child.ts';

describe('the end of the turn', () => {
	function later(depth: number, callback: () => void): void {
		if (depth === 0) callback();
		else queueMicrotask(() => later(depth - 1, callback));
	}

	const origins: Record<string, (callback: () => void) => unknown> = {
		'an I/O callback': (callback) => setImmediate(callback),
		'a promise job': (callback) => Promise.resolve().then(callback),
		'a tick': (callback) => process.nextTick(callback),
	};
	for (const [name, run] of Object.entries(origins)) {
		test(`afterTurn called from ${name} runs after the promise jobs and before new I/O`, async () => {
			const order: string[] = [];
			await new Promise<void>((resolve) => {
				run(() => {
					setImmediate(() => {
						order.push('new turn');
						resolve();
					});
					runtime.afterTurn(() => order.push('after turn'));
					later(20, () => order.push('promise jobs'));
				});
			});
			assert.deepEqual(order, ['promise jobs', 'after turn', 'new turn']);
		});
	}
});

test('slow modules are loaded at first use', async () => {
	const { stdout, stderr } = await runChild(`
		const original = process.getBuiltinModule;
		const asked = [];
		process.getBuiltinModule = (name) => { asked.push(name); return original(name); };
		const { runtime } = await import(src + 'runtime/node/node.ts');
		const before = asked.length;
		await runtime.dial({ host: '', port: 0, socketPath: '/nowhere', tls: null, alpnProtocols: [] }).catch(() => {});
		console.log(before, asked.join());
	`);
	assert.equal(stdout, '0 node:worker_threads,node:net\n', stderr);
});

test('channel returns the channel of node:diagnostics_channel', () => {
	const channel = runtime.channel('hyper-wasm:test');
	assert.equal(channel.hasSubscribers, false);
	const heard: unknown[] = [];
	const listener = (message: unknown) => heard.push(message);
	diagnosticsChannel.subscribe('hyper-wasm:test', listener);
	assert.equal(channel.hasSubscribers, true);
	channel.publish('news');
	diagnosticsChannel.unsubscribe('hyper-wasm:test', listener);
	assert.deepEqual(heard, ['news']);
});

test('env returns a variable, or undefined if it is not set', () => {
	process.env.HYPER_TEST_VARIABLE = 'x';
	assert.equal(runtime.env('HYPER_TEST_VARIABLE'), 'x');
	delete process.env.HYPER_TEST_VARIABLE;
	assert.equal(runtime.env('HYPER_TEST_VARIABLE'), undefined);
});

test('appendLine appends to a file that only its owner can read', () => {
	const folder = mkdtempSync(join(tmpdir(), 'hyper-'));
	const file = join(folder, 'log');
	runtime.appendLine(file, new Uint8Array([0x61, 0x0a]));
	runtime.appendLine(file, new Uint8Array([0x62, 0x0a]));
	assert.equal(readFileSync(file, 'utf8'), 'a\nb\n');
	assert.equal(statSync(file).mode & 0o777, 0o600);
	assert.throws(() => runtime.appendLine(join(folder, 'no', 'log'), new Uint8Array(1)), /ENOENT/);
	rmSync(folder, { recursive: true });
});

test('log writes a line to stderr without formatting it', async () => {
	const { stdout, stderr } = await runChild(`
		const { runtime } = await import(src + 'runtime/node/node.ts');
		runtime.log('100%s of it');
	`);
	assert.equal(stdout, '');
	assert.equal(stderr, '100%s of it\n');
});

test('snapshot calls back in the async context in which it was taken', async () => {
	const storage = new AsyncLocalStorage<string>();
	const inContext = storage.run('taken', () => runtime.snapshot());
	const seen: unknown[] = [];
	await storage.run('called', async () => inContext(() => seen.push(storage.getStore())));
	assert.deepEqual(seen, ['taken']);
});

test('http1 has the limit for heads only if --max-http-header-size is below its default', async () => {
	for (const [size, expected] of [
		['8192', '8192'],
		['16384', 'null'],
		['100000', 'null'],
	] as const) {
		const { stdout, stderr } = await runChild(
			"const { runtime } = await import(src + 'runtime/node/node.ts'); console.log(String(runtime.http1().maxHeaderSize));",
			{ NODE_OPTIONS: `--max-http-header-size=${size}` },
		);
		assert.equal(stdout.trim(), expected, stderr);
	}
});
