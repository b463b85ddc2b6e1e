import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import type { ResponseSink } from '../../src/message/response-sink.ts';
import { takeViolations, watchSink } from './checked-sinks.ts';
import { makeHead, makePending, makeRequest, RecordingSink } from './http20-fakes.ts';

/** Calls of a sink by their names without `on`; what was wrong with them, by the first lines. */
function violationsOf(...names: string[]): string[] {
	const sink = watchSink(new RecordingSink()) as Required<ResponseSink>;
	const calls: Record<string, () => void> = {
		start: () => sink.onStart(1),
		informational: () => sink.onInformational(103, makeHead().headers),
		head: () => sink.onHead(makeHead()),
		content: () => sink.onContent(new Uint8Array(1), true),
		trailers: () => sink.onTrailers(makeHead().headers),
		end: () => sink.onEnd(),
		error: () => sink.onError(new Error('cut')),
	};
	for (const name of names) calls[name]?.();
	return takeViolations().map((text) => text.split('\n')[0] as string);
}

test('calls of a sink in order are not a violation', () => {
	for (const names of [
		['start', 'start', 'informational', 'head', 'content', 'content', 'trailers', 'end'],
		['start', 'head', 'end'],
		['error'],
		['start', 'head', 'content', 'error'],
		['informational', 'start', 'head', 'trailers', 'error'],
	]) {
		assert.deepEqual(violationsOf(...names), [], names.join());
	}
});

test('calls of a sink out of order, or after the last one, are violations', () => {
	for (const [names, expected] of [
		[['end'], 'onEnd of a sink that is begun'],
		[['content'], 'onContent of a sink that is begun'],
		[['head', 'head'], 'onHead of a sink that is answered'],
		[['head', 'informational'], 'onInformational of a sink that is answered'],
		[['head', 'start'], 'onStart of a sink that is answered'],
		[['head', 'trailers', 'content'], 'onContent of a sink that is trailed'],
		[['head', 'trailers', 'trailers'], 'onTrailers of a sink that is trailed'],
		[['head', 'end', 'end'], 'onEnd of a sink that is over'],
		[['head', 'end', 'error'], 'onError of a sink that is over'],
		[['error', 'error'], 'onError of a sink that is over'],
		[['error', 'head'], 'onHead of a sink that is over'],
	] as const) {
		assert.deepEqual(violationsOf(...names), [`Error: ${expected}`], names.join());
	}
});

test('a promise of a response is checked as a sink is', () => {
	const { reader } = makePending();
	reader.onError(new Error('cut'));
	reader.onError(new Error('again'));
	assert.match(takeViolations().join(), /^Error: onError of a sink that is over/);
});

test('a request that is closed without a last call is a violation', () => {
	const pending = new PendingRequest(makeRequest(), 1, watchSink({}));
	pending.failure = { reason: 'told, as it says' };
	pending.close(null);
	assert.match(takeViolations().join(), /^Error: Closed without a last call/);
	const paused = new PendingRequest(makeRequest(), 1, watchSink({}));
	paused.state = 'sent';
	paused.onHead(makeHead(), 2);
	paused.pause();
	paused.onEnd(3);
	paused.close(null);
	assert.deepEqual(takeViolations(), []);
});

test('a violation fails the test file in which it happened', async () => {
	for (const [last, code] of [
		['sink.onEnd()', 1],
		['undefined', 0],
	] as const) {
		const script = `
			import { test } from 'node:test';
			import { watchSink } from './test/support/checked-sinks.ts';
			test('two last calls', () => {
				const sink = watchSink({});
				sink.onError(new Error('cut'));
				${last};
			});
		`;
		const options = ['--conditions=hyper-wasm-source', '--import=tsx', '--input-type=module', '-e', script];
		// Set, it makes the process report to the one that runs this file.
		const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
		const cwd = fileURLToPath(new URL('../..', import.meta.url));
		const exit = await new Promise<{ code: number; output: string }>((resolve) => {
			const child = execFile(process.execPath, options, { cwd, env }, (_, stdout, stderr) =>
				resolve({ code: child.exitCode as number, output: stdout + stderr }),
			);
		});
		assert.equal(exit.code, code, exit.output);
		assert.equal(exit.output.includes('onEnd of a sink that is over'), code === 1, exit.output);
	}
});
