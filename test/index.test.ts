import assert from 'node:assert/strict';
import { test } from 'node:test';

/** Every exported value. docs/api.md lists the types as well. */
const NAMES = [
	...['BaseFlowControlManager', 'ConnectError', 'ConnectionError', 'ConnectionResetError', 'EngineError'],
	...['ContentDecodingError', 'HTTP11Connection', 'HTTP11Response', 'HTTP20Push', 'HTTPConnection', 'HTTPResponse'],
	...['BodyLimitError', 'InvalidResponseError', 'ProxyError'],
	...['FlowControlManager', 'HPACKDecodingError', 'HPACKEncodingError', 'HPACKListSizeError', 'HTTP20Connection'],
	...['HTTP20Response', 'HTTPHeaderMap', 'HyperError', 'LocalProtocolError', 'NegotiationError', 'ProtocolError'],
	...['StreamResetError', 'TLSError', 'TimeoutError', 'describeErrorCode', 'errorCodeName', 'version'],
];

/** What code that runs at import could change. */
function traces(): unknown {
	return {
		globals: Reflect.ownKeys(globalThis),
		listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
		timers: process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout'),
		sockets: process.getActiveResourcesInfo().filter((resource) => /TCP|TLS|UDP/.test(resource)),
	};
}

test('importing the package has no effect besides its public names', async (t) => {
	const banned = (what: string) => () => assert.fail(`import made a ${what}`);
	t.mock.method(WebAssembly, 'Instance', banned('WebAssembly instance'));
	t.mock.method(WebAssembly, 'Module', banned('WebAssembly module'));
	t.mock.method(globalThis, 'setTimeout', banned('timer'));
	t.mock.method(globalThis, 'fetch', banned('request'));
	const before = traces();
	const index: object = await import('../src/index.ts');
	assert.deepEqual(traces(), before);
	assert.deepEqual(Object.keys(index).sort(), NAMES.sort());
	for (const [name, value] of Object.entries(index)) {
		assert.equal(typeof value, name === 'version' ? 'string' : 'function', name);
	}
});
