// Exchanges that any program has.

import { pattern } from '../peers/pattern.ts';
import { ask, type Exchanges, overEach, same, sameBytes } from './support.ts';

export const basics: Exchanges = {
	...overEach('GET 100,001 bytes', async (connection) => {
		const response = await ask(connection, 'GET', '/bytes/100001');
		same(response.headers.get('content-length'), ['100001'], 'content-length');
		sameBytes(await response.bytes(), pattern(100_001));
	}),

	...overEach('POST a string', async (connection) => {
		const response = await ask(connection, 'POST', '/echo', { body: 'Grüße aus München' });
		same(await response.text(), 'Grüße aus München', 'the echo');
	}),
};
