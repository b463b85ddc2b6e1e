// What breaks: connections that end, requests that are cancelled, answers that are refused.

import { ConnectError, HTTP11Connection, HTTP20Connection } from 'hyper-wasm';
import { ask, type Exchanges, failure, local, newKey, same } from './support.ts';

export const failures: Exchanges = {
	async 'a request that GOAWAY leaves behind is sent again on another connection'({ script2 }) {
		await using connection = new HTTP20Connection(local(script2));
		const response = await ask(connection, 'GET', `/goaway?key=${newKey()}`);
		same(await response.text(), 'from the second connection', 'the text');
	},

	async 'a request whose expectation is refused is sent again without it'({ script1 }) {
		await using connection = new HTTP11Connection(local(script1));
		const headers = { expect: '100-continue' };
		const response = await ask(connection, 'POST', `/417?key=${newKey()}`, { headers, body: 'content' });
		same(await response.text(), 'content', 'the echo');
	},

	async 'a refused port is a ConnectError'({ closed }) {
		await using connection = new HTTP20Connection(local(closed));
		const { code, retryable } = await failure(connection.roundTrip('GET', '/'), ConnectError);
		same([code, retryable], ['HYPER_CONNECT', false], 'the error');
	},
};
