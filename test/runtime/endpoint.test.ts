import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeEndpoint } from '../../src/runtime/endpoint.ts';

test('an endpoint is shown as host and port, with brackets for IPv6, or as the path of its socket', () => {
	assert.equal(describeEndpoint({ host: 'localhost', port: 8443 }), 'localhost:8443');
	assert.equal(describeEndpoint({ host: '::1', port: 443 }), '[::1]:443');
	assert.equal(describeEndpoint({ host: 'localhost', port: 443, socketPath: '/run/a.sock' }), '/run/a.sock');
});
