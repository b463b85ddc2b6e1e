// Callbacks of the caller that throw: each ends the request that it belongs to and no other. Errors of callbacks that belong to
// no request, or whose request has ended, are uncaught exceptions, or warnings where they only observe. The client runs
// in a process of its own, because the test runner does not permit uncaught exceptions.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { createServer as createHTTP2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Answers with an informational response, content and trailers. */
const http11 = createServer((request, response) => {
	request.resume();
	request.on('error', () => undefined);
	response.on('error', () => undefined);
	response.writeEarlyHints({ link: '</style>; rel=preload' });
	response.writeHead(200, { trailer: 'sum' });
	response.write('content');
	response.addTrailers({ sum: '1' });
	response.end();
});
const http20 = createHTTP2Server();
http20.on('session', (session) => session.on('error', () => undefined));
http20.on('stream', (stream) => {
	stream.on('error', () => undefined);
	stream.resume();
	stream.additionalHeaders({ ':status': 103 });
	stream.respond({ ':status': 200 }, { waitForTrailers: true });
	stream.on('wantTrailers', () => stream.sendTrailers({ sum: '1' }));
	stream.end('content');
});

before(async () => {
	for (const server of [http11, http20]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
after(() => {
	http11.closeAllConnections();
	http11.close();
	http20.close();
});

/**
 * Runs `program`, which may begin a request with `dispatch(sink)`, between two other requests of the same connection.
 * Returns what became of all, uncaught exceptions and warnings.
 */
async function play(version: string, options: string, program: string): Promise<unknown> {
	const { port } = (version === 'HTTP/2' ? http20 : http11).address() as AddressInfo;
	const source = `
		import { channel } from 'node:diagnostics_channel';
		import { setTimeout as sleep } from 'node:timers/promises';
		import { HTTP11Connection, HTTP20Connection } from './src/index.ts';
		const uncaught = [], warnings = [];
		process.on('uncaughtException', ({ message }) => uncaught.push(message));
		process.on('warning', ({ message }) => warnings.push(message));
		const fail = () => { throw new Error('thrown by the callback'); };
		const Connection = ${version === 'HTTP/2' ? 'HTTP20Connection' : 'HTTP11Connection'};
		const conn = new Connection('http://127.0.0.1:${port}', { ${options} });
		const text = (asked) => asked.then((response) => response.text()).catch(({ message, cause }) => cause?.message ?? message);
		const dispatch = (sink) => new Promise((resolve) => {
			conn.dispatch({ method: 'GET', path: '/' }, {
				...sink,
				onEnd() { resolve('ended'); sink.onEnd?.(); },
				onError(error) { resolve(error.message); sink.onError?.(error); },
			});
		});
		const others = [text(conn.roundTrip('GET', '/'))];
		const result = await (async () => { ${program} })();
		others.push(text(conn.roundTrip('GET', '/')));
		console.log(JSON.stringify({ result, others: await Promise.all(others) }));
		await conn.close();
		await sleep(20);
		console.log(JSON.stringify({ uncaught: [...new Set(uncaught)], warnings: warnings.length }));
		process.exit(0);`;
	const args = ['--conditions=hyper-wasm-source', '--import', 'tsx', '--input-type=module', '--no-warnings'];
	const { stdout } = await run(process.execPath, [...args, '--eval', source], { cwd: root, timeout: 60_000 });
	const [outcome, reports] = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as object);
	return { ...outcome, ...reports };
}

const thrown = 'thrown by the callback';
const unharmed = ['content', 'content'];

for (const version of ['HTTP/2', 'HTTP/1.1']) {
	for (const [what, program] of [
		['onStart of a sink', 'return dispatch({ onStart: fail });'],
		['onInformational of a sink', 'return dispatch({ onInformational: fail });'],
		['onHead of a sink', 'return dispatch({ onHead: fail });'],
		['onContent of a sink', 'return dispatch({ onContent: fail });'],
		['onTrailers of a sink', 'return dispatch({ onTrailers: fail });'],
		['onInformational of a request', "return text(conn.roundTrip('GET', '/', { onInformational: fail }));"],
		['a function of trailers', "return text(conn.roundTrip('POST', '/', { body: ['a'], trailers: fail }));"],
		[
			'a source of content',
			"return text(conn.roundTrip('POST', '/', { body: { [Symbol.iterator]: () => ({ next: fail }) } }));",
		],
	] as const) {
		test(`an error of ${what} ends its own request over ${version} and no other`, async () => {
			assert.deepEqual(await play(version, '', program), {
				result: thrown,
				others: unharmed,
				uncaught: [],
				warnings: 0,
			});
		});
	}

	for (const [what, options, program, result] of [
		['onEnd of a sink', '', 'return dispatch({ onEnd: fail });', 'ended'],
		['onError of a sink', '', 'return dispatch({ onHead: fail, onError: fail });', thrown],
		['onChange', '', "conn.onChange = fail; return text(conn.roundTrip('GET', '/'));", 'content'],
		[
			'a subscriber of a diagnostics channel',
			'',
			"for (const name of ['connection', 'request', 'response', 'trailers', 'error']) channel('hyper-wasm:' + name).subscribe(fail); return text(conn.roundTrip('GET', '/'));",
			'content',
		],
	] as const) {
		test(`an error of ${what} is uncaught and ends no request over ${version}`, async () => {
			assert.deepEqual(await play(version, options, program), {
				result,
				others: unharmed,
				uncaught: [thrown],
				warnings: 0,
			});
		});
	}

	for (const [what, options, warnings] of [
		['a logger', 'logger: { debug: fail, info: fail }', version === 'HTTP/2' ? 2 : 1],
		['onFrame', 'onFrame: fail', version === 'HTTP/2' ? 1 : 0],
	] as const) {
		test(`an error of ${what} is a warning and ends no request over ${version}`, async () => {
			assert.deepEqual(await play(version, options, "return text(conn.roundTrip('GET', '/'));"), {
				result: 'content',
				others: unharmed,
				uncaught: [],
				warnings,
			});
		});
	}
}
