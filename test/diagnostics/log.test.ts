import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Log, write } from '../../src/diagnostics/log.ts';
import { DiagnosticsRuntime } from '../support/diagnostics-fakes.ts';

describe('a logger', () => {
	test('a logger gets the levels that it has methods for, called on the logger itself', () => {
		const logger = {
			lines: [] as string[],
			info(message: string) {
				this.lines.push(message);
			},
		};
		const log = new Log(logger, new DiagnosticsRuntime());
		assert.deepEqual([log.debug.length, log.info.length, log.warn.length], [0, 1, 0]);
		write(log.info, 'one');
		write(log.warn, 'nobody');
		assert.deepEqual(logger.lines, ['one']);
	});

	test('a logger method that throws causes one warning and is not called again', () => {
		const runtime = new DiagnosticsRuntime();
		let calls = 0;
		const warn = (): void => {
			calls++;
			throw new Error('disk full');
		};
		const log = new Log({ warn }, runtime);
		write(log.warn, 'one');
		write(log.warn, 'two');
		assert.equal(calls, 1);
		assert.deepEqual(runtime.warnings, ['logger.warn threw an error and will not be called again: Error: disk full']);
	});

	test('an invalid logger is a TypeError', () => {
		for (const logger of [null, 'console', 1]) {
			assert.throws(() => new Log(logger as never, new DiagnosticsRuntime()), TypeError);
		}
		assert.throws(() => new Log({ debug: true } as never, new DiagnosticsRuntime()), {
			name: 'TypeError',
			message: 'logger.debug must be a function, not boolean',
		});
	});
});

describe('NODE_DEBUG', () => {
	const CASES: [list: string | undefined, named: boolean][] = [
		[undefined, false],
		['', false],
		['hyper', true],
		['HYPER', true],
		['http, Hyper ,net', true],
		['hyp*', true],
		['*', true],
		['hyper-wasm,hyperx', false],
		['hype.', false],
		['h(', false],
	];
	for (const [list, named] of CASES) {
		test(`NODE_DEBUG=${JSON.stringify(list)} ${named ? 'enables' : 'does not enable'} the log`, () => {
			const log = new Log(undefined, new DiagnosticsRuntime(list));
			assert.equal(log.debug.length, named ? 1 : 0);
			assert.equal(log.warn.length, named ? 1 : 0);
		});
	}

	test('lines for NODE_DEBUG begin with HYPER, and the logger still gets its own', () => {
		const runtime = new DiagnosticsRuntime('hyper');
		const lines: string[] = [];
		const log = new Log({ info: (message) => lines.push(message) }, runtime);
		write(log.info, 'one\n   two');
		assert.deepEqual(runtime.lines, ['HYPER one\nHYPER    two']);
		assert.deepEqual(lines, ['one\n   two']);
	});
});
