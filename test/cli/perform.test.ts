// The requests that the program sends and where it writes responses: bodies from items, resumed downloads, heads, and the
// output on a terminal.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { listen } from '../support/loopback.ts';
import { hyperCommand, type Result, runHyper } from './support.ts';

const WHOLE = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251));

/** Responses by path. Every other path echoes the request as JSON. */
const ANSWERS: Record<string, (request: Http2ServerRequest, response: Http2ServerResponse) => void> = {
	'/range': (request, response) => {
		const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? -1);
		if (first >= WHOLE.length) response.writeHead(416, { 'content-range': `bytes */${WHOLE.length}` }).end();
		else if (first < 0) response.writeHead(200, { 'content-length': WHOLE.length }).end(WHOLE);
		else {
			const range = `bytes ${first}-${WHOLE.length - 1}/${WHOLE.length}`;
			response.writeHead(206, { 'content-range': range }).end(WHOLE.subarray(first));
		}
	},
	'/beyond': (_request, response) => {
		response.writeHead(206, { 'content-range': 'bytes 60000-99999/100000' }).write(WHOLE.subarray(60_000));
		response.end('more');
	},
	'/behind': (_request, response) => {
		response.writeHead(206, { 'content-range': 'bytes 60000-99999/100000' }).end(WHOLE.subarray(60_000, 60_010));
	},
	'/cut?same': cutThenContinue('"1"'),
	'/cut?other': cutThenContinue('"2"'),
	'/short': (_request, response) => {
		response.writeHead(206, { 'content-range': `bytes 10-19/${WHOLE.length}` }).end(WHOLE.subarray(10, 20));
	},
	'/gzip-rest': (_request, response) => {
		const range = `bytes 11-${WHOLE.length - 1}/${WHOLE.length}`;
		response.writeHead(206, { 'content-range': range, 'content-encoding': 'gzip' }).end(gzipSync(WHOLE.subarray(11)));
	},
	'/whole': (_request, response) => response.end(WHOLE),
	'/gone': (_request, response) => response.writeHead(404).end('not found'),
	'/gzip': (_request, response) => {
		const coded = gzipSync(WHOLE);
		response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': coded.length }).end(coded);
	},
	'/hints': (_request, response) => {
		response.writeEarlyHints({ link: '</a>; rel=preload' });
		response.setHeader('x-wild', 'gr\u00fc\u00df');
		response.addTrailers({ 'x-sum': '1' });
		response.end('body');
	},
};

const server = createServer((request, response) => (ANSWERS[request.url] ?? echo)(request, response));
const url = `http://127.0.0.1:${await listen(server)}`;

describe('requests and responses', { concurrency: false }, () => {
	const folder = mkdtempSync(join(tmpdir(), 'hyper-perform-'));

	after(() => rmSync(folder, { recursive: true }));

	function run(args: string[], stdin?: string): Promise<Result> {
		return runHyper(['--h2', ...args], stdin === undefined ? {} : { stdin });
	}

	async function echoed(args: string[], stdin?: string): Promise<{ [part: string]: unknown; body: string }> {
		const { status, stdout, stderr } = await run(args, stdin);
		assert.deepEqual([status, stderr], [0, '']);
		return JSON.parse(stdout.toString());
	}

	test('method, query and fields are sent as typed', async () => {
		const found = await echoed(['delete', `${url}/x?y`, 'X-A:1', 'q==a b', 'accept:', 'user-agent:me', '-a', 'u:p']);
		const { method, path, headers } = found as unknown as { method: string; path: string; headers: object };
		assert.deepEqual([method, path], ['DELETE', '/x?y&q=a+b']);
		const { 'x-a': a, accept, 'user-agent': agent, authorization } = headers as Record<string, string>;
		assert.deepEqual([a, accept, agent, authorization], ['1', undefined, 'me', 'Basic dTpw']);
	});

	test('data items are sent as JSON, or as a form with -f', async () => {
		const json = await echoed([url, 'a=b', 'n:=1.0']);
		assert.deepEqual([json.method, json.body, json.type], ['POST', '{"a":"b","n":1.0}', 'application/json']);
		const form = await echoed(['-f', url, 'a=b c', 'a=d']);
		assert.equal(form.body, 'a=b+c&a=d');
		assert.equal(form.type, 'application/x-www-form-urlencoded; charset=utf-8');
	});

	test('file items are sent in a form, or as the whole body', async () => {
		const file = join(folder, 'data.csv');
		writeFileSync(file, 'a,b\n');
		const form = await echoed(['-f', url, 'x=y', `f@${file}`]);
		assert.match(form.type as string, /^multipart\/form-data; boundary=/);
		assert.match(form.body, /name="f"; filename="data.csv"\r\nContent-Type: text\/csv\r\n\r\na,b\n\r\n--/);
		const whole = await echoed(['PUT', url, `@${file}`]);
		assert.deepEqual([whole.method, whole.body, whole.type], ['PUT', 'a,b\n', 'text/csv']);
	});

	test('standard input is read only if an item names it', async () => {
		const whole = await echoed([url, '@-'], '[1, 2]');
		assert.deepEqual([whole.method, whole.body, whole.type], ['POST', '[1, 2]', 'application/json']);
		assert.equal((await echoed([url, 'a=@-'], 'b')).body, '{"a":"b"}');
		assert.deepEqual((await echoed([url], 'ignored')).body, '');
	});

	test('an unreadable file causes one line, and nothing is sent', async () => {
		const { status, stderr } = await run([url, `a=@${join(folder, 'none')}`]);
		assert.equal(status, 1);
		assert.match(stderr, /^hyper: cannot read .*none: ENOENT.*\n$/);
	});

	test('an encoded body is written decoded', async () => {
		const { status, stdout, stderr } = await run([`${url}/gzip`]);
		assert.deepEqual([status, stderr, stdout.equals(WHOLE)], [0, '', true]);
	});

	test('the head of a decoded response is shown as the server sent it', async () => {
		const { stdout, stderr } = await run(['--headers', `${url}/gzip`]);
		assert.ok(stdout.equals(WHOLE));
		assert.match(stderr, /^HTTP\/2 200\ncontent-encoding: gzip\ncontent-length: \d+\n/);
	});

	test('--headers and -v write heads to standard error', async () => {
		const quiet = await run([`${url}/hints`]);
		assert.deepEqual([quiet.stdout.toString(), quiet.stderr], ['body', '']);
		const responses = await run(['--headers', `${url}/hints`]);
		assert.equal(responses.stdout.toString(), 'body');
		assert.match(responses.stderr, /^HTTP\/2 103\nlink: [\s\S]*\n\nHTTP\/2 200\nx-wild: [\s\S]*\n\nx-sum: 1\n\n$/);
		const both = await run(['-v', `${url}/hints`]);
		assert.match(both.stderr, /^GET \/hints HTTP\/2\nhost: 127\.0\.0\.1:\d+\naccept: \*\/\*\n[\s\S]*\n\nHTTP\/2 103\n/);
		assert.ok(!both.stderr.includes('\x1b['));
	});

	test('--trace and --debug write frames and the log to standard error', async () => {
		const traced = await run(['--trace', `${url}/hints`, 'authorization:secret']);
		assert.equal(traced.stdout.toString(), 'body');
		const lines = traced.stderr.trimEnd().split('\n');
		for (const frame of [
			/send.*preface/,
			/send.*HEADERS.*:path: \/hints/,
			/recv.*HEADERS.*:status: 200/,
			/recv.*DATA/,
		]) {
			assert.ok(
				lines.some((line) => frame.test(line)),
				`${frame}: ${traced.stderr}`,
			);
		}
		assert.ok(!traced.stderr.includes('secret'));
		const logged = await run(['--debug', `${url}/hints`]);
		assert.equal(logged.stdout.toString(), 'body');
		assert.match(logged.stderr, /GET.*\/hints/);
		assert.doesNotMatch(logged.stderr, /SETTINGS/);
	});

	for (const [path, length, status, line] of [
		['/range', 60_000, 0, ''],
		['/range', 0, 0, ''],
		['/range', WHOLE.length, 0, 'hyper: FILE is already complete\n'],
		['/whole', 60_000, 0, 'hyper: the server ignored the range: downloading FILE from the start\n'],
	] as const) {
		test(`-c completes a file of ${length} bytes from ${path}`, async () => {
			const file = join(folder, 'continued');
			writeFileSync(file, WHOLE.subarray(0, length));
			const found = await run(['-c', '-o', file, `${url}${path}`]);
			assert.deepEqual([found.status, found.stderr.replaceAll(file, 'FILE')], [status, line]);
			assert.ok(readFileSync(file).equals(WHOLE));
		});
	}

	test('-c creates a missing file', async () => {
		const file = join(folder, 'new');
		assert.deepEqual((await run(['-c', '-o', file, `${url}/range`])).status, 0);
		assert.ok(readFileSync(file).equals(WHOLE));
	});

	test('-c leaves the file unchanged after an unusable response', async () => {
		const file = join(folder, 'part');
		writeFileSync(file, WHOLE.subarray(0, 11));
		for (const path of ['/gone', '/short', '/gzip-rest']) {
			const { status, stderr } = await run(['-c', '-o', file, `${url}${path}`]);
			assert.equal(status, 1);
			assert.match(stderr, /^hyper: cannot continue.*\n$/);
			assert.ok(readFileSync(file).equals(WHOLE.subarray(0, 11)));
		}
	});

	test('-c reports a file that is still incomplete', async () => {
		const file = join(folder, 'short');
		writeFileSync(file, WHOLE.subarray(0, 10));
		const { status, stderr } = await run(['-c', '-o', file, `${url}/short`]);
		assert.equal(status, 1);
		assert.match(stderr, /^hyper: .* has 20 of 100000 bytes; use --continue again to get more\n$/);
		assert.ok(readFileSync(file).equals(WHOLE.subarray(0, 20)));
	});

	test('-o saves the file that the server has, and asks for it without a content coding', async () => {
		const file = join(folder, 'x.tar.gz');
		assert.deepEqual((await run(['-o', file, `${url}/gzip`])).status, 0);
		assert.ok(readFileSync(file).equals(gzipSync(WHOLE)));
		await run(['-o', file, url]);
		assert.equal(JSON.parse(readFileSync(file, 'utf8')).headers['accept-encoding'], 'identity');
	});

	test('-o for a folder, or in a missing one, sends nothing', async () => {
		for (const file of [folder, join(folder, 'none', 'x')]) {
			const { status, stderr } = await run(['POST', '-o', file, 'http://127.0.0.1:1/']);
			assert.equal(status, 1);
			assert.match(stderr, /^hyper: cannot write to .*(it is a folder|its folder does not exist)\n$/);
		}
	});

	test('-c completes an interrupted download of the same version, and refuses another one', async () => {
		for (const [path, status] of [
			['/cut?same', 0],
			['/cut?other', 1],
		] as const) {
			const file = join(folder, `cut${status}`);
			assert.equal((await run(['-o', file, `${url}${path}`])).status, 1);
			assert.ok(readFileSync(file).equals(WHOLE.subarray(0, 1000)));
			const { status: found, stderr } = await run(['-c', '-o', file, `${url}${path}`]);
			assert.equal(found, status, stderr);
			if (status === 0) assert.ok(readFileSync(file).equals(WHOLE));
			else {
				assert.match(stderr, /^hyper: cannot continue at byte 1000: the file has changed on the server; .*\n$/);
				assert.ok(readFileSync(file).equals(WHOLE.subarray(0, 1000)));
			}
			assert.equal(existsSync(`${file}.hyper-etag`), status === 1);
		}
	});

	for (const [path, length, message] of [
		['/beyond', WHOLE.length, /the server sent more than the 40000 bytes of its range/],
		['/behind', 60_010, /the server sent 10 of 40000 bytes; use --continue again to get more/],
	] as const) {
		test(`-c does not write ${path.slice(1)} the end of a range`, async () => {
			const file = join(folder, path);
			writeFileSync(file, WHOLE.subarray(0, 60_000));
			const { status, stderr } = await run(['-c', '-o', file, `${url}${path}`]);
			assert.equal(status, 1);
			assert.match(stderr, message);
			assert.ok(readFileSync(file).equals(WHOLE.subarray(0, length)));
		});
	}

	test('a full disk causes one line', async (t) => {
		if (!existsSync('/dev/full')) return t.skip('no /dev/full on this system');
		const { status, stderr } = await run(['-o', '/dev/full', `${url}/whole`]);
		assert.equal(status, 1);
		assert.match(stderr, /^hyper: cannot write to \/dev\/full: ENOSPC.*\n$/);
	});

	test('a terminal gets a bar and colours, with NO_COLOR only the bar', async (t) => {
		if (!existsSync('/usr/bin/script')) return t.skip('no script(1) on this system');
		const file = join(folder, 'shown');
		const shown = await onTerminal(['--h2', '--headers', '-o', file, `${url}/range`], {});
		assert.match(shown, /\x1b\[32m200\x1b\[39m/);
		assert.match(shown, /100% \[=+\] {2}97\.7 KiB {2}\S+ \S+\/s {2}in 0:01/);
		assert.ok(readFileSync(file).equals(WHOLE));
		const plain = await onTerminal(['--h2', '--headers', '-o', file, `${url}/range`], { NO_COLOR: '1' });
		assert.match(plain, /HTTP\/2 200\r\n/);
		assert.match(plain, /100% \[=+\]/);
	});

	test('the progress of a body without a known length has no percentage', async (t) => {
		if (!existsSync('/usr/bin/script')) return t.skip('no script(1) on this system');
		const shown = await onTerminal(['--h2', '-o', join(folder, 'whole'), `${url}/whole`], {});
		assert.match(shown, /97\.7 KiB {2}\S+ \S+\/s {2}in 0:01/);
		assert.doesNotMatch(shown, /%|\[=/);
	});
});

/** Ends a download after 1,000 bytes, and has another version then if the tag is not the same. */
function cutThenContinue(tag: string): (request: Http2ServerRequest, response: Http2ServerResponse) => void {
	return (request, response) => {
		if (request.headers.range === undefined) {
			response.writeHead(200, { etag: '"1"', 'content-length': WHOLE.length });
			response.write(WHOLE.subarray(0, 1000), () => response.stream.close());
		} else if (request.headers['if-range'] === tag) {
			const range = `bytes 1000-${WHOLE.length - 1}/${WHOLE.length}`;
			response.writeHead(206, { etag: tag, 'content-range': range }).end(WHOLE.subarray(1000));
		} else {
			response.writeHead(200, { etag: tag, 'content-length': WHOLE.length }).end(WHOLE);
		}
	};
}

function echo(request: Http2ServerRequest, response: Http2ServerResponse): void {
	const chunks: Buffer[] = [];
	request.on('data', (chunk: Buffer) => chunks.push(chunk));
	request.on('end', () => {
		const { method, url: path, headers } = request;
		const body = Buffer.concat(chunks).toString();
		response.end(JSON.stringify({ method, path, headers, type: headers['content-type'], body }));
	});
}

/** The output of the program when all its streams are one terminal. */
async function onTerminal(args: string[], env: Record<string, string>): Promise<string> {
	const [program, first] = hyperCommand();
	const command = [program, ...first, ...args].map((word) => `'${word}'`).join(' ');
	const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
	const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
		cwd: new URL('../..', import.meta.url),
		stdio: ['ignore', 'pipe', 'inherit'],
		env: { ...inherited, TERM: 'xterm', NO_PROXY: '*', ...env },
	});
	return Buffer.concat(await child.stdout.toArray()).toString();
}
