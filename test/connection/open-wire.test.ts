import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWire } from '../../src/connection/open-wire.ts';
import type { Connected, Wire, WireOwner } from '../../src/connection/wire.ts';
import type { ConnectionDiagnostics } from '../../src/diagnostics/diagnostics.ts';
import { FakeTransport } from '../support/http20-fakes.ts';

function open(failing: 'connect' | 'opened' | 'createWire' | 'abort' | null) {
	const transport = new FakeTransport();
	const events: string[] = [];
	const step = (name: string): void => {
		events.push(name);
		if (failing === name) throw new Error(name);
	};
	const canceller = new AbortController();
	const diagnostics = {
		async opened(given: FakeTransport) {
			step('opened');
			if (failing === 'abort') canceller.abort(new Error('abort'));
			return given;
		},
		closed: (reason: Error | null) => events.push(`closed ${reason?.message}`),
	};
	const source = {
		async connect(): Promise<Connected> {
			step('connect');
			const createWire = (): Wire => {
				step('createWire');
				return {} as Wire;
			};
			return { transport, version: 'HTTP/2', createWire };
		},
	};
	const opened = openWire(
		source,
		canceller.signal,
		{} as WireOwner,
		diagnostics as unknown as ConnectionDiagnostics,
		() => events.push('open'),
	);
	return { opened, events, transport };
}

test('openWire calls back with the wire at once, and resolves with the result', async () => {
	const { opened, events, transport } = open(null);
	assert.equal(await opened, 4);
	assert.deepEqual(events, ['connect', 'opened', 'createWire', 'open']);
	assert.deepEqual(transport.calls, []);
});

test('openWire destroys the transport of a dial that fails, and reports the failure', async () => {
	for (const failing of ['connect', 'opened', 'createWire'] as const) {
		const { opened, events, transport } = open(failing);
		await assert.rejects(opened, new Error(failing));
		assert.equal(events.at(-1), `closed ${failing}`);
		assert.deepEqual(transport.calls, failing === 'connect' ? [] : ['destroy']);
	}
});

test('an abort of openWire is no failure', async () => {
	const { opened, events, transport } = open('abort');
	await assert.rejects(opened, new Error('abort'));
	assert.deepEqual([events.at(-1), transport.calls], ['closed undefined', ['destroy']]);
});
