// Content codings, complete and cut.

import { ContentDecodingError } from 'hyper-wasm';
import { ask, type Exchanges, failure, overEach, PLAIN, plain2, same } from './support.ts';

const TEXT = 'Content that is worth a coding.\n'.repeat(1_000);

function decodes(codings: string): Exchanges {
	return overEach(
		`${codings} is decoded`,
		async (connection) => {
			const headers = { 'accept-encoding': codings };
			const response = await ask(connection, 'GET', `/coded/${codings}`, { headers });
			same(await response.text(), TEXT, 'the text');
			same(response.headers.get('content-encoding'), [], 'content-encoding');
			const raw = response.rawHeaders.get('content-encoding');
			same(raw, codings.split(','), 'content-encoding as sent');
		},
		PLAIN,
	);
}

function failsIfCut(coding: string): Exchanges {
	return overEach(
		`${coding} that is cut is an error`,
		async (connection) => {
			const response = await ask(connection, 'GET', `/coded/${coding}?cut`);
			await failure(response.text(), ContentDecodingError);
		},
		PLAIN,
	);
}

export const codings: Exchanges = {
	...decodes('gzip'),
	...decodes('deflate'),
	...decodes('br'),
	...decodes('zstd'),
	...decodes('gzip,br'),
	...failsIfCut('gzip'),
	...failsIfCut('deflate'),
	...failsIfCut('br'),
	...failsIfCut('zstd'),

	...overEach(
		'content stays coded with decodeContent: false',
		async (connection) => {
			const response = await ask(connection, 'GET', '/coded/gzip', { decodeContent: false });
			same(response.headers.get('content-encoding'), ['gzip'], 'content-encoding');
			same([...(await response.read(2))], [0x1f, 0x8b], 'the first bytes');
			await response.bytes();
		},
		PLAIN,
	),

	...overEach(
		'the decoded content of a slow reader is complete',
		async (connection) => {
			const response = await ask(connection, 'GET', '/coded/gzip');
			let text = '';
			const decoder = new TextDecoder();
			for await (const piece of response) {
				text += decoder.decode(piece, { stream: true });
				await new Promise((resolve) => setTimeout(resolve, 1));
			}
			same(text, TEXT, 'the text');
		},
		PLAIN,
	),

	async 'a bomb ends at limits.decodedBody'(peers) {
		await using connection = plain2.connect(peers, { limits: { decodedBody: 10_000 } });
		await failure((await ask(connection, 'GET', '/coded/gzip')).bytes(), ContentDecodingError);
		same(await (await ask(connection, 'GET', '/early')).text(), 'final', 'the next response');
	},
};
