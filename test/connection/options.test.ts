import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DEFAULT_LIMITS, LIMIT_NAMES } from '../../src/base/limits.ts';
import {
	CONNECTION_OPTION_NAMES,
	type ConnectionOptions,
	DEFAULT_TIMEOUTS,
	resolveOptions,
} from '../../src/connection/options.ts';
import { HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import { REQUEST_OPTION_NAMES } from '../../src/message/request-options.ts';
import { FlowControlManager } from '../../src/session/flow-control.ts';
import { createTransportPair } from '../../src/testing.ts';

const CLASSES = [HTTPConnection, HTTP20Connection, HTTP11Connection] as const;
const OFF = Number.POSITIVE_INFINITY;

function resolve(options: object, speaks: 'HTTP/2' | 'HTTP/1.1' | null = null) {
	return resolveOptions('localhost', options as ConnectionOptions, speaks);
}

/** What all three classes say; they must agree. */
function messageOf(options: unknown): string {
	const messages = CLASSES.map((Connection) => {
		try {
			new Connection('localhost', options as object);
			return '';
		} catch (error) {
			return `${(error as Error).name}: ${(error as Error).message}`;
		}
	});
	assert.equal(new Set(messages).size, 1, messages.join('\n'));
	return messages[0] as string;
}

describe('resolved options', () => {
	test('without options, the documented defaults apply', () => {
		const resolved = resolve({});
		assert.deepEqual(resolved.timeouts, DEFAULT_TIMEOUTS);
		assert.deepEqual(resolved.limits, DEFAULT_LIMITS);
		assert.equal(resolved.limits.connectionBuffer, 32 * 1024 * 1024);
		assert.deepEqual(
			[resolved.keepAlive, resolved.decodeContent, resolved.enablePush, resolved.forceProtocol],
			[null, true, false, null],
		);
		const { settings, limits, connectionWindow, encoderTableSize, flowControl } = resolved.session;
		assert.equal(limits, resolved.limits);
		assert.deepEqual([connectionWindow, encoderTableSize, flowControl], [16 * 1024 * 1024, 4096, FlowControlManager]);
		// The protocol's own defaults are not sent.
		assert.deepEqual(settings, { initialWindowSize: 1024 * 1024, maxHeaderListSize: 65_536, enablePush: false });
		assert.deepEqual(resolved.route, {
			tls: {},
			alpnProtocols: ['h2', 'http/1.1'],
			address: {
				socketPath: undefined,
				localAddress: undefined,
				lookup: undefined,
				family: undefined,
				tcpKeepAlive: 60_000,
			},
			proxy: null,
			transport: null,
			timeout: 10_000,
		});
	});

	test('an option that is undefined has its default', () => {
		const undefinedOnes = Object.fromEntries(CONNECTION_OPTION_NAMES.map((name) => [name, undefined]));
		assert.deepEqual(resolve(undefinedOnes), resolve({}));
		const nested = {
			settings: { initialWindowSize: undefined },
			limits: Object.fromEntries(LIMIT_NAMES.map((name) => [name, undefined])),
			timeout: { connect: undefined, headers: undefined, body: undefined, idle: undefined },
			tls: {},
		};
		assert.deepEqual(resolve(nested), resolve({}));
	});

	test('0 turns off a timeout, a limit and keep-alive', () => {
		const timeout = { connect: 0, headers: 0, body: 7.5, idle: 0 };
		const limits = { decodedBody: 0, headerListSize: 0, replies: 3 };
		const resolved = resolve({ timeout, limits, keepAlive: { interval: 0, timeout: 5 } });
		assert.deepEqual(resolved.timeouts, { connect: OFF, headers: OFF, body: 7.5, idle: OFF });
		assert.equal(resolved.route.timeout, OFF);
		assert.deepEqual(resolved.limits, { ...DEFAULT_LIMITS, decodedBody: OFF, headerListSize: OFF, replies: 3 });
		assert.equal(resolved.keepAlive, null);
		assert.deepEqual(resolve({ keepAlive: { interval: 10, timeout: 5 } }).keepAlive, { interval: 10, timeout: 5 });
	});

	test("a connection over the caller's own transport has no idle timeout by default", () => {
		const [transport] = createTransportPair();
		assert.equal(resolve({ transport }).timeouts.idle, OFF);
		assert.equal(resolve({ transport, timeout: { idle: undefined } }).timeouts.idle, OFF);
		assert.equal(resolve({ transport, timeout: { idle: 9 } }).timeouts.idle, 9);
		assert.equal(resolve({ transport }).route.transport, transport);
	});

	test('limits.headerListSize is announced as a setting, and other settings as given', () => {
		const { settings } = resolve({
			limits: { headerListSize: 9 },
			settings: { headerTableSize: 64, maxConcurrentStreams: 3, maxFrameSize: 20_000, initialWindowSize: 0 },
			enablePush: true,
		}).session;
		assert.deepEqual(settings, {
			headerTableSize: 64,
			maxConcurrentStreams: 3,
			maxFrameSize: 20_000,
			initialWindowSize: 0,
			maxHeaderListSize: 9,
			enablePush: true,
		});
	});

	test('ALPN offers the protocols of the class, unless the options say otherwise', () => {
		assert.deepEqual(resolve({}, 'HTTP/2').route.alpnProtocols, ['h2']);
		assert.deepEqual(resolve({}, 'HTTP/1.1').route.alpnProtocols, ['http/1.1']);
		assert.deepEqual(resolve({ forceProtocol: 'h2' }).route.alpnProtocols, ['h2']);
		assert.deepEqual(resolve({ forceProtocol: 'http/1.1' }).route.alpnProtocols, ['http/1.1']);
		assert.deepEqual(resolve({ alpnProtocols: ['a'] }, 'HTTP/2').route.alpnProtocols, ['a']);
		const { route } = resolve({ alpnProtocols: ['a'], tls: { ca: 'pem', alpnProtocols: ['b'] } });
		assert.deepEqual([route.alpnProtocols, route.tls], [['b'], { ca: 'pem' }]);
	});

	test('forceProtocol of another version than that of the class is a TypeError', () => {
		assert.equal(resolve({ forceProtocol: 'h2' }, 'HTTP/2').forceProtocol, 'h2');
		assert.throws(() => resolve({ forceProtocol: 'h2' }, 'HTTP/1.1'), TypeError);
		assert.throws(() => resolve({ forceProtocol: 'http/1.1' }, 'HTTP/2'), TypeError);
	});

	test('h2c on a connection that speaks one version is a TypeError, except prior knowledge of HTTP/2', () => {
		assert.throws(
			() => resolve({ h2c: 'upgrade' }, 'HTTP/2'),
			/h2c: 'upgrade' on a connection that only speaks HTTP\/2/,
		);
		assert.throws(() => resolve({ h2c: 'upgrade', forceProtocol: 'h2' }), TypeError);
		for (const h2c of ['upgrade', 'prior-knowledge'] as const) {
			assert.throws(() => resolve({ h2c }, 'HTTP/1.1'), /only speaks HTTP\/1\.1/);
			resolve({ h2c });
		}
		resolve({ h2c: 'prior-knowledge' }, 'HTTP/2');
	});

	test('the origin combines the host argument and the options', () => {
		const { origin } = resolveOptions('[::1]:8443', {}, null);
		assert.deepEqual([origin.host, origin.port, origin.secure], ['::1', 8443, true]);
		assert.equal(resolve({ secure: false }).origin.port, 80);
		assert.throws(() => resolveOptions('http://example.com', { secure: true }, null), TypeError);
	});
});

describe('refused options', () => {
	test('a value that is not an options object is a TypeError', () => {
		for (const options of [null, 5, 'https://proxy', [], () => undefined, true]) {
			assert.match(
				messageOf(options),
				/^TypeError: The argument with the options of a connection must be an object \{ port, /,
			);
		}
	});

	for (const [options, expected] of [
		// The wrong type of the whole.
		[{ timeout: 5000 }, /^TypeError: timeout must be an object \{ connect, headers, body, idle \}, not a number$/],
		[{ keepAlive: true }, /^TypeError: keepAlive must be an object \{ interval, timeout \}, not a boolean$/],
		[{ keepAlive: 1000 }, /^TypeError: keepAlive must be an object \{ interval, timeout \}, not a number$/],
		[{ limits: 'none' }, /^TypeError: limits must be an object \{ headerListSize, .*\}, not a string$/],
		[{ settings: [] }, /^TypeError: settings must be an object \{ headerTableSize, .*\}, not an array of 0$/],
		[{ tls: true }, /^TypeError: tls must be an object \{ .*rejectUnauthorized.*\}, not a boolean$/],
		[{ proxy: 8080 }, /^TypeError: proxy must be an object \{ url, headers, tls \}, not a number$/],
		[{ transport: {} }, /^TypeError: transport must be a pair of streams \{ readable, writable \}, not an object$/],
		[
			{ transport: { readable: {}, writable: new WritableStream() } },
			/^TypeError: transport\.readable must be a ReadableStream; Duplex\.toWeb makes one of a Node stream, not an object$/,
		],
		[
			{ transport: { readable: new ReadableStream(), writable: null } },
			/^TypeError: transport\.writable must be a WritableStream; Duplex\.toWeb makes one of a Node stream, not null$/,
		],
		[
			{ transport: { readable: new ReadableStream(), writable: new WritableStream(), alpn: 5 } },
			/^TypeError: transport\.alpn must be a string, not a number$/,
		],
		// Names in the wrong object.
		[{ ca: 'pem' }, /Unknown option "ca" of a connection: write tls: \{ ca \}$/],
		[{ rejectUnauthorized: false }, /: write tls: \{ rejectUnauthorized \}$/],
		[{ servername: 'a' }, /: write tls: \{ servername \}$/],
		[{ headerListSize: 1 }, /: write limits: \{ headerListSize \}$/],
		[{ decodedBody: 1 }, /: write limits: \{ decodedBody \}$/],
		[{ initialWindowSize: 1 }, /: write settings: \{ initialWindowSize \}$/],
		[{ idle: 1 }, /: write timeout: \{ idle \}$/],
		[{ interval: 1 }, /: write keepAlive: \{ interval, timeout \}$/],
		[{ headers: {} }, /: it belongs to a request: request\(method, path, \{ headers \}\)$/],
		[{ signal: null }, /: it belongs to a request/],
		[{ body: '' }, /: it belongs to a request/],
		[{ method: 'GET' }, /: it belongs to a request/],
		[{ tls: { timeout: 1 } }, /Unknown option "timeout" of tls: it belongs to the connection, next to tls$/],
		[{ settings: { enablePush: true } }, /Unknown option "enablePush" of settings: write enablePush next to settings$/],
		[
			{ settings: { maxHeaderListSize: 1 } },
			/^TypeError: Unknown option "maxHeaderListSize" of settings: write limits: \{ headerListSize \}/,
		],
		[{ timeout: { interval: 1 } }, /write keepAlive/],
		// Names of other libraries.
		[{ ALPNProtocols: [] }, /: write alpnProtocols$/],
		[{ tls: { ALPNProtocols: [] } }, /: write alpnProtocols$/],
		[{ tls: { alpn: [] } }, /: write alpnProtocols$/],
		[{ verify: false }, /: write tls: \{ rejectUnauthorized: false \}/],
		[{ ssl_context: {} }, /: write tls: \{ secureContext \}$/],
		[{ force_proto: 'h2' }, /: write forceProtocol$/],
		[{ window_manager: null }, /: write flowControl$/],
		[{ connectTimeout: 1 }, /: write timeout: \{ connect \}$/],
		[{ headersTimeout: 1 }, /: write timeout: \{ headers \}$/],
		[{ keepAliveTimeout: 1 }, /: write timeout: \{ idle \}$/],
		[{ maxHeaderSize: 1 }, /: write limits: \{ headerListSize \}$/],
		[{ agent: null }, /: a connection is its own agent/],
		[{ maxRedirects: 5 }, /follows no redirects$/],
		[{ decompress: false }, /: write decodeContent$/],
		[{ protocol: 'https:' }, /: write http:\/\/ or https:\/\/ before the host/],
		[{ allowHTTP1: true }, /HTTP11Connection|HTTP20Connection/],
		[{ proxy: { uri: 'http://p' } }, /Unknown option "uri" of proxy: write url/],
		[{ proxy: { host: 'p', port: 1 } }, /Unknown option "host" of proxy: write url/],
		// Names that are nearly right.
		[{ timout: {} }, /Unknown option "timout" of a connection: did you mean timeout\?$/],
		[{ keepalive: {} }, /: did you mean keepAlive\?$/],
		[{ decodecontent: false }, /: did you mean decodeContent\?$/],
		[{ Tls: {} }, /: did you mean tls\?$/],
		[{ enable_push: true }, /: did you mean enablePush\?$/],
		[{ timeout: { header: 1 } }, /Unknown option "header" of timeout: did you mean timeout\.headers\?$/],
		[{ keepAlive: { intervall: 1 } }, /: did you mean keepAlive\.interval\?$/],
		[{ limits: { glitch: 1 } }, /Unknown option "glitch" of limits: did you mean limits\.glitches\?$/],
		[{ settings: { maxFramesize: 1 } }, /: did you mean settings\.maxFrameSize\?$/],
		[{ tls: { rejectUnauthorised: false } }, /: did you mean tls\.rejectUnauthorized\?$/],
		[{ tls: { cypher: '' } }, /Unknown option "cypher" of tls: did you mean tls\.ciphers\?$/],
		[
			{ proxy: { url: 'http://p', tls: { serverName: 'p' } } },
			/Unknown option "serverName" of proxy\.tls: write servername$/,
		],
		[{ proxy: { url: 'http://p', header: {} } }, /: did you mean proxy\.headers\?$/],
		// Nothing near.
		[{ zzz: 1 }, /Unknown option "zzz" of a connection, which has port, secure, tls,/],
		// Values of the wrong type.
		[{ port: '443' }, /^TypeError: port must be a number, not a string$/],
		[{ secure: 'false' }, /^TypeError: secure must be true or false, not a string$/],
		[{ alpnProtocols: 'h2' }, /^TypeError: alpnProtocols must be an array of strings, not a string$/],
		[{ forceProtocol: 'http/2' }, /^TypeError: forceProtocol is 'http\/2', but must be 'h2' or 'http\/1\.1'$/],
		[{ decodeContent: 0 }, /^TypeError: decodeContent must be true or false, not a number$/],
		[{ logger: true }, /^TypeError: logger must be an object \{ debug, info, warn \} of functions, not a boolean$/],
		[{ onFrame: {} }, /^TypeError: onFrame must be a function, not an object$/],
		[{ socketPath: {} }, /^TypeError: socketPath must be a string/],
		[{ localAddress: 1 }, /^TypeError: localAddress must be a string/],
		[{ lookup: '8.8.8.8' }, /^TypeError: lookup must be a function/],
		[
			{ tcpKeepAlive: false },
			/^TypeError: tcpKeepAlive must be a number, not a boolean; milliseconds, 0 means no probes$/,
		],
		[{ tcpKeepAlive: 32_767_001 }, /^RangeError: tcpKeepAlive is 32767001, .*from 0 to 32767000/],
		[{ keepAliveMsecs: 1000 }, /: write tcpKeepAlive$/],
		[{ autoSelectFamily: true }, /: all addresses of a name are tried; family: 4 or 6 restricts them$/],
		[{ tls: { tcpKeepAlive: 1 } }, /: it belongs to the connection, next to tls$/],
		[{ family: 'ipv4' }, /^TypeError: family is 'ipv4', but must be 0, 4 or 6$/],
		[{ enablePush: 1 }, /^TypeError: enablePush must be true or false/],
		[{ flowControl: {} }, /^TypeError: flowControl must be a function/],
		[{ tls: { rejectUnauthorized: 'false' } }, /^TypeError: tls\.rejectUnauthorized must be true or false/],
		[{ tls: { minVersion: 'TLSv1' } }, /^TypeError: tls\.minVersion is 'TLSv1', but must be 'TLSv1\.2' or 'TLSv1\.3'$/],
		[{ tls: { roots: 'system' } }, /^TypeError: tls\.roots is 'system', but must be 'default' or 'all'$/],
		[{ tls: { keylog: 'file' } }, /^TypeError: tls\.keylog must be a function/],
		[
			{ timeout: { headers: '5' } },
			/^TypeError: timeout\.headers must be a number, not a string; milliseconds, 0 means no timeout$/,
		],
		[{ limits: { replies: '5' } }, /^TypeError: limits\.replies must be a number/],
		[{ keepAlive: { interval: 5 } }, /^TypeError: keepAlive\.timeout is missing/],
		[{ keepAlive: {} }, /^TypeError: keepAlive\.interval is missing/],
		// Numbers out of range, and other signs for off.
		[{ port: 0 }, /^RangeError: port is 0, but must be an integer from 1 to 65535$/],
		[{ port: 1.5 }, /^RangeError: port is 1.5, but must be an integer from 1 to 65535$/],
		[{ port: 65_536 }, /^RangeError: port is 65536, but must be an integer from 1 to 65535$/],
		[{ timeout: { headers: -1 } }, /^RangeError: timeout\.headers is -1, but must be from 0 to 2147483647/],
		[{ timeout: { body: Number.NaN } }, /^RangeError: timeout\.body is NaN/],
		[{ timeout: { idle: 2 ** 31 } }, /^RangeError: timeout\.idle is 2147483648/],
		[{ timeout: { idle: OFF } }, /^RangeError: timeout\.idle is Infinity, .*; milliseconds, 0 means no timeout$/],
		[{ keepAlive: { interval: 5, timeout: 0 } }, /^RangeError: keepAlive\.timeout is 0, but must be from 1/],
		[{ limits: { decodedBody: OFF } }, /^RangeError: limits\.decodedBody is Infinity, .*; 0 means no limit$/],
		[{ limits: { glitches: -1 } }, /^RangeError: limits\.glitches is -1/],
		[{ limits: { emptyData: Number.NaN } }, /^RangeError: limits\.emptyData is NaN/],
		[
			{ settings: { maxConcurrentStreams: OFF } },
			/^RangeError: settings\.maxConcurrentStreams is Infinity, .*; leave it out for no limit$/,
		],
		[
			{ settings: { maxFrameSize: 1 } },
			/^RangeError: settings\.maxFrameSize is 1, but must be an integer from 16384 to 16777215$/,
		],
		[{ settings: { headerTableSize: 100_000 } }, /^RangeError: settings\.headerTableSize is 100000/],
		[{ encoderTableSize: 65_537 }, /^RangeError: encoderTableSize is 65537, but must be an integer from 0 to 65536$/],
		[
			{ connectionWindowSize: 65_534 },
			/^RangeError: connectionWindowSize is 65534, but must be an integer from 65535 to 2147483647; every HTTP\/2 connection begins with 65535$/,
		],
		[{ connectionWindowSize: 1.5 }, /^RangeError: connectionWindowSize is 1\.5/],
		[{ connectionWindowSize: 2 ** 31 }, /^RangeError: connectionWindowSize is 2147483648/],
	] as [object, RegExp][]) {
		const shown = JSON.stringify(options, (_, value) => (typeof value === 'number' ? String(value) : value));
		const title = `a connection is refused the options ${shown}`;
		test(title, () => assert.match(messageOf(options), expected));
	}

	test('null is not a valid value of an option', () => {
		for (const name of CONNECTION_OPTION_NAMES) {
			assert.match(messageOf({ [name]: null }), new RegExp(`^TypeError: ${name} (must be|is null)`));
		}
		for (const [name, inner] of [
			['timeout', ['connect', 'headers', 'body', 'idle']],
			['limits', LIMIT_NAMES],
			['settings', ['initialWindowSize', 'maxFrameSize']],
			['keepAlive', ['interval', 'timeout']],
			['tls', ['servername', 'rejectUnauthorized', 'minVersion', 'roots', 'keylog', 'alpnProtocols', 'passphrase']],
			['proxy', ['url', 'tls']],
		] as const) {
			for (const each of inner) {
				assert.match(
					messageOf({ [name]: { [each]: null } }),
					new RegExp(`^TypeError: ${name}\\.${each} (must be|is null)`),
				);
			}
		}
	});
});

test('options of tls.connect are accepted, even unknown ones', () => {
	for (const tls of [{ ciphers: 'x', pfx: 'y', checkServerIdentity: () => undefined }, { someNewOption: 1 }]) {
		assert.deepEqual(resolve({ tls }).route.tls, tls);
	}
});

describe('options in docs/api.md', () => {
	/** The names in the first cells of the tables of a section, as far as a name stands in a cell alone or in a list. */
	function documented(heading: string): string[] {
		const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
		const section = text.slice(text.indexOf(`\n### ${heading}\n`) + 1).split(/\n#{2,3} /)[0] as string;
		const cells = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].map(([, cell]) => cell as string);
		return cells.flatMap((cell) => cell.replaceAll('`', '').split(', '));
	}

	test('docs/api.md has all options of a connection and no other', () => {
		assert.deepEqual(documented('Options of a connection').sort(), [...CONNECTION_OPTION_NAMES].sort());
	});

	test('docs/api.md has all options of a request and no other', () => {
		assert.deepEqual(documented('Options of a request').sort(), [...REQUEST_OPTION_NAMES].sort());
	});

	test('passes on every class', () => {
		const [transport] = createTransportPair();
		const common = {
			port: 8443,
			secure: true,
			tls: { ca: 'pem', roots: 'all', minVersion: 'TLSv1.3', keylog: () => undefined, rejectUnauthorized: false },
			alpnProtocols: ['h2', 'h2-16', 'http/1.1'],
			timeout: { connect: 1, headers: 0, body: 2.5, idle: 0 },
			keepAlive: { interval: 1000, timeout: 500 },
			decodeContent: false,
			limits: Object.fromEntries(LIMIT_NAMES.map((name) => [name, 7])),
			logger: console,
			onFrame: () => undefined,
			lookup: () => undefined,
			family: 4,
			localAddress: '127.0.0.1',
			tcpKeepAlive: 0,
			enablePush: true,
			flowControl: FlowControlManager,
			settings: { headerTableSize: 0, initialWindowSize: 0, maxFrameSize: 16_384, maxConcurrentStreams: 0 },
			connectionWindowSize: 65_535,
			encoderTableSize: 0,
		};
		for (const way of [
			{},
			{ proxy: 'env' },
			{ proxy: 'http://user:password@proxy.test:8080' },
			{ proxy: { url: 'https://proxy.test', headers: { a: 'b' }, tls: { ca: 'pem' } } },
			{ socketPath: '/run/socket' },
			{ transport },
		]) {
			assert.equal(messageOf({ ...common, ...way }), '');
		}
	});
});
