import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowControlManager } from '../../src/flow-control.ts';
import { sessionOptions, speaksH2 } from '../../src/http20/options.ts';
import { HTTP20Connection } from '../../src/index.ts';

test('the defaults are those of the documents', () => {
	const { settings, limits, connectionWindow, encoderTableSize, flowControl } = sessionOptions({});
	assert.equal(settings.initialWindowSize, 1024 * 1024);
	assert.equal(settings.enablePush, false);
	assert.equal(settings.headerTableSize, 4096);
	assert.equal(settings.maxHeaderListSize, 65_536);
	assert.equal(connectionWindow, 16 * 1024 * 1024);
	assert.equal(encoderTableSize, 4096);
	assert.equal(limits.connectionBuffer, 32 * 1024 * 1024);
	assert.equal(flowControl, FlowControlManager);
});

test('what cannot be is told when the connection is made', () => {
	for (const options of [
		{ limits: { glitches: -1 } },
		{ limits: { emptyData: Number.NaN } },
		{ settings: { maxFrameSize: 1 } },
		{ settings: { headerTableSize: 100_000 } },
		{ encoderTableSize: 65_537 },
	]) {
		assert.throws(() => new HTTP20Connection('localhost', options), RangeError);
	}
	assert.throws(() => new HTTP20Connection('localhost', { settings: { unknown: 1 } as object }), TypeError);
});

test('tokens of the drafts speak HTTP/2 as well', () => {
	for (const token of ['h2', 'h2-16', 'h2-15', 'h2-14']) assert.equal(speaksH2(token), true);
	for (const token of [null, 'http/1.1', 'h2c', 'H2']) assert.equal(speaksH2(token), false);
});

test('an option that is undefined has its default', () => {
	const options = { settings: { maxHeaderListSize: undefined }, limits: { headerFields: undefined } };
	assert.deepEqual(sessionOptions(options as object), sessionOptions({}));
});

test('windows, times and names of limits that cannot be are misuse, told at once', () => {
	for (const connectionWindowSize of [-1, 2 ** 31, 1.5, Number.NaN]) {
		assert.throws(() => sessionOptions({ connectionWindowSize }), RangeError);
	}
	assert.throws(() => sessionOptions({ timeout: { connect: -1 } }), RangeError);
	assert.throws(() => sessionOptions({ limits: { nothing: 1 } as object }), TypeError);
});
