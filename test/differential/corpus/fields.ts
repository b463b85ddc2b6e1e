// Pseudo-header fields, names, values, content-length, interim responses and trailers (RFC 9113 §8).

import type { PeerFields } from '../../../src/testing/frame-sender.ts';
import type { Row } from '../case.ts';

/** One response with these fields, and no content. */
function head(name: string, fields: PeerFields, requests?: Row['requests']): Row {
	return { name, ...(requests && { requests }), send: (s) => s.peer.headers(1, fields, { endStream: true }) };
}

/** One response with a further field. */
function field(what: string, name: string, value: string, section = '§8.2.1'): Row {
	return head(`${section}: ${what}`, [
		[':status', '200'],
		[name, value],
	]);
}

const OK = { ':status': '200' };

/** A content-length, then content of this length. */
function content(
	name: string,
	lengths: readonly string[],
	sent: number,
	requests?: Row['requests'],
	status = '200',
): Row {
	return {
		name: `§8.1.1: ${name}`,
		...(requests && { requests }),
		send(s) {
			s.peer.headers(1, [[':status', status], ...lengths.map((length) => ['content-length', length] as const)]);
			s.peer.data(1, 'x'.repeat(sent), { endStream: true });
		},
	};
}

// biome-ignore format: a table
export const fieldRows: readonly Row[] = [
	head('§8.3.2: a response without fields', OK),
	head('§8.3.2: a response without :status', { server: 'x' }),
	head('§8.3.2: :status is empty', { ':status': '' }),
	head('§8.3.2: :status has two digits', { ':status': '20' }),
	head('§8.3.2: :status has four digits', { ':status': '2000' }),
	head('§8.3.2: :status is no number', { ':status': 'abc' }),
	head('§8.3.2: :status has a sign', { ':status': '+20' }),
	head('§8.3.2: :status has a blank', { ':status': '200 ' }),
	head('§8.3.2: :status has a reason', { ':status': '200 OK' }),
	head('§8.3.2: :status is 099', { ':status': '099' }),
	head('§8.3.2: :status is 000', { ':status': '000' }),
	head('§8.3.2: :status is 999', { ':status': '999' }),
	head('§8.3.2: :status is 600', { ':status': '600' }),
	head('§8.6: :status is 101', { ':status': '101' }),
	head('§8.3: :status is repeated', [[':status', '200'], [':status', '200']]),
	head('§8.3: :status follows a field', [['a', '1'], [':status', '200']]),
	head('§8.3: a response has :path', [[':status', '200'], [':path', '/']]),
	head('§8.3: a response has :method first', [[':method', 'GET'], [':status', '200']]),
	head('§8.3: a response has an unknown pseudo-header field', [[':status', '200'], [':unknown', '1']]),
	head('§8.3: a response has the pseudo-header field ":"', [[':status', '200'], [':', '1']]),

	field('a name has an upper-case letter', 'Server', 'x'),
	field('a name is empty', '', 'x'),
	field('a name has a space', 'a b', 'x'),
	field('a name has a colon', 'a:b', 'x'),
	field('a name has NUL', 'a\0b', 'x'),
	field('a name has DEL', 'a\x7fb', 'x'),
	field('a name has a byte above 0x7f', 'a\xe9b', 'x'),
	field('a name has a quotation mark', 'a"b', 'x'),
	field('a name has all other characters of a token', "!#$%&'*+-.^_`|~09az", 'x'),
	field('a value has NUL', 'a', 'x\0y'),
	field('a value has LF', 'a', 'x\ny'),
	field('a value has CR', 'a', 'x\ry'),
	field('a value has CR LF', 'a', 'x\r\nb: y'),
	field('a value has a tab', 'a', 'x\ty'),
	field('a value has a control character', 'a', 'x\x01y'),
	field('a value has DEL', 'a', 'x\x7fy'),
	field('a value has bytes above 0x7f', 'a', 'x\xe9\xffy'),
	field('a value begins with a space', 'a', ' x'),
	field('a value ends with a space', 'a', 'x '),
	field('a value ends with a tab', 'a', 'x\t'),
	field('a value is empty', 'a', ''),
	field('a value is a space', 'a', ' '),
	field('a value has 10,000 bytes', 'a', 'x'.repeat(10000)),
	field('connection', 'connection', 'close', '§8.2.2'),
	field('keep-alive', 'keep-alive', 'timeout=5', '§8.2.2'),
	field('proxy-connection', 'proxy-connection', 'keep-alive', '§8.2.2'),
	field('transfer-encoding', 'transfer-encoding', 'chunked', '§8.2.2'),
	field('upgrade', 'upgrade', 'h2c', '§8.2.2'),
	field('te: trailers', 'te', 'trailers', '§8.2.2'),
	field('te: gzip', 'te', 'gzip', '§8.2.2'),
	field('host', 'host', 'example.com', '§8.2.2'),
	head('RFC 9110 §5.3: a field has two lines', [[':status', '200'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x', '1'], ['x', '2']]),
	head('§8.2.3: a response has cookie twice', [[':status', '200'], ['cookie', 'a=1'], ['cookie', 'b=2']]),
	head('§6.5.2: a section has 250 fields', [[':status', '200'], ...Array.from({ length: 250 }, (_, i) => [`n${i}`, '1'] as const)]),
	head('§6.5.2: a section has 65,000 bytes', [[':status', '200'], ...Array.from({ length: 16 }, (_, i) => [`n${i}`, 'x'.repeat(4020)] as const)]),
	head('§6.5.2: a section exceeds SETTINGS_MAX_HEADER_LIST_SIZE', [[':status', '200'], ...Array.from({ length: 20 }, (_, i) => [`n${i}`, 'x'.repeat(4000)] as const)]),
	head('§6.5.2: a section has 300 fields', [[':status', '200'], ...Array.from({ length: 300 }, (_, i) => [`n${i}`, '1'] as const)]),

	content('content-length is right', ['3'], 3),
	content('content-length is too large', ['4'], 3),
	content('content-length is too small', ['2'], 3),
	content('content-length is 0, with content', ['0'], 3),
	content('content-length is 0, with empty DATA', ['0'], 0),
	content('content-length has a sign', ['+3'], 3),
	content('content-length is negative', ['-3'], 3),
	content('content-length is empty', [''], 3),
	content('content-length is a list', ['3, 3'], 3),
	content('content-length is no number', ['x'], 3),
	content('content-length is hexadecimal', ['0x3'], 3),
	content('content-length has leading zeros', ['0003'], 3),
	content('content-length exceeds 2^64', ['99999999999999999999'], 3),
	content('content-length has two equal lines', ['3', '3'], 3),
	content('content-length has two different lines', ['3', '4'], 3),
	content('content-length of a response to HEAD', ['3'], 0, ['HEAD']),
	content('content in a response to HEAD', ['3'], 3, ['HEAD']),
	content('content-length of a 304 response', ['3'], 0, ['GET'], '304'),
	content('content in a 304 response', ['3'], 3, ['GET'], '304'),
	content('content in a 204 response', [], 3, ['GET'], '204'),
	content('content-length of a 204 response', ['3'], 0, ['GET'], '204'),
	content('content in a 205 response', [], 3, ['GET'], '205'),
	content('content-length of a 200 response to CONNECT', ['3'], 5, ['CONNECT...']),
	content('content-length of a 403 response to CONNECT', ['3'], 5, ['CONNECT...'], '403'),
	head('§8.1.1: content-length without content', { ':status': '200', 'content-length': '3' }),
	head('§8.1.1: content-length 0 without content', { ':status': '200', 'content-length': '0' }),
	head('§8.1.1: content-length of a response to HEAD that ends with its head', { ':status': '200', 'content-length': '3' }, ['HEAD']),
	head('§8.1.1: content-length of a 304 response that ends with its head', { ':status': '304', 'content-length': '3' }),
	{ name: '§8.1.1: content is shorter than content-length, before trailers', send: (s) => { s.peer.headers(1, { ':status': '200', 'content-length': '3' }); s.peer.data(1, 'x'); s.peer.headers(1, { t: '1' }, { endStream: true }); } },
	{ name: '§8.1.1: padding does not count as content', send: (s) => { s.peer.headers(1, { ':status': '200', 'content-length': '3' }); s.peer.data(1, 'abc', { padding: 5, endStream: true }); } },
	{ name: '§8.1: DATA of two responses alternate', requests: ['GET', 'GET'], send: (s) => { s.peer.headers(1, OK); s.peer.headers(3, OK); s.peer.data(1, 'a'); s.peer.data(3, 'b'); s.peer.data(1, 'c', { endStream: true }); s.peer.data(3, 'd', { endStream: true }); } },
	{ name: '§8.1: responses arrive in reverse order', requests: ['GET', 'GET', 'GET'], send: (s) => { for (const id of [5, 3, 1]) s.peer.headers(id, { ':status': '200', id: String(id) }, { endStream: true }); } },
	{ name: '§8.1: one response fails, and another does not', requests: ['GET', 'GET'], send: (s) => { s.peer.headers(1, { ':status': '200', connection: 'close' }); s.peer.headers(3, OK, { endStream: true }); } },
	{ name: '§8.1: DATA before the response', send: (s) => s.peer.data(1, 'x') },
	{ name: '§8.1: empty DATA before the response', send: (s) => { s.peer.data(1, ''); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: empty DATA end a stream without a response', send: (s) => s.peer.data(1, '', { endStream: true }) },
	{ name: '§8.1: DATA after an interim response', send: (s) => { s.peer.headers(1, { ':status': '103' }); s.peer.data(1, 'x'); } },
	{ name: '§8.1: 100, 102 and 103 precede the response', send: (s) => { for (const status of ['100', '102', '103']) s.peer.headers(1, { ':status': status, link: '</a>' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: the interim response 199', send: (s) => { s.peer.headers(1, { ':status': '199' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.6: the interim response 101', send: (s) => { s.peer.headers(1, { ':status': '101' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: five interim responses', send: (s) => { for (let i = 0; i < 5; i++) s.peer.headers(1, { ':status': '103' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: six interim responses', send: (s) => { for (let i = 0; i < 6; i++) s.peer.headers(1, { ':status': '103' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: 17 interim responses', send: (s) => { for (let i = 0; i < 17; i++) s.peer.headers(1, { ':status': '103' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: an interim response ends the stream', send: (s) => s.peer.headers(1, { ':status': '103' }, { endStream: true }) },
	{ name: '§8.1: an interim response after the response', after: 'response', send: (s) => s.peer.headers(1, { ':status': '103' }) },
	{ name: '§8.1: an interim response has content-length', send: (s) => { s.peer.headers(1, { ':status': '103', 'content-length': '5' }); s.peer.headers(1, OK); s.peer.data(1, 'abc', { endStream: true }); } },
	{ name: '§8.1: an interim response has connection', send: (s) => s.peer.headers(1, { ':status': '103', connection: 'close' }) },
	{ name: '§8.1: an interim response without :status', send: (s) => { s.peer.headers(1, { link: '</a>' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: 100 for a request without content', send: (s) => { s.peer.headers(1, { ':status': '100' }); s.peer.headers(1, OK, { endStream: true }); } },
	{ name: '§8.1: a second response', after: 'response', send: (s) => s.peer.headers(1, OK, { endStream: true }) },

	{ name: '§8.1: trailers after content', after: 'response', send: (s) => { s.peer.data(1, 'x'); s.peer.headers(1, { t: '1', u: '2' }, { endStream: true }); } },
	{ name: '§8.1: trailers without content', after: 'response', send: (s) => s.peer.headers(1, { t: '1' }, { endStream: true }) },
	{ name: '§8.1: empty trailers', after: 'response', send: (s) => s.peer.headers(1, new Uint8Array(0), { endStream: true }) },
	{ name: '§8.1: trailers without END_STREAM', after: 'response', send: (s) => s.peer.headers(1, { t: '1' }) },
	{ name: '§8.1: trailers without END_STREAM, then empty DATA that end the stream', after: 'response', send: (s) => { s.peer.headers(1, { t: '1' }); s.peer.data(1, '', { endStream: true }); } },
	{ name: '§8.1: trailers have :status', after: 'response', send: (s) => { s.peer.data(1, 'x'); s.peer.headers(1, { ':status': '200', t: '1' }, { endStream: true }); } },
	{ name: '§8.1: trailers have :path', after: 'response', send: (s) => s.peer.headers(1, [['t', '1'], [':path', '/']], { endStream: true }) },
	{ name: '§8.2.1: a name in trailers has an upper-case letter', after: 'response', send: (s) => s.peer.headers(1, [['T', '1']], { endStream: true }) },
	{ name: '§8.2.1: a value in trailers has CR LF', after: 'response', send: (s) => s.peer.headers(1, [['t', 'a\r\nb']], { endStream: true }) },
	{ name: '§8.2.2: trailers have connection', after: 'response', send: (s) => s.peer.headers(1, [['connection', 'close']], { endStream: true }) },
	{ name: 'RFC 9110 §6.5.1: trailers have content-length', after: 'response', send: (s) => { s.peer.data(1, 'x'); s.peer.headers(1, { 'content-length': '9' }, { endStream: true }); } },
	{ name: 'RFC 9110 §6.5.1: trailers have an invalid content-length', after: 'response', send: (s) => { s.peer.data(1, 'x'); s.peer.headers(1, { 'content-length': 'x' }, { endStream: true }); } },
	{ name: '§8.1: trailers in two frames', after: 'response', send: (s) => { s.peer.headers(1, { t: '1' }, { endStream: true, endHeaders: false }); s.peer.continuation(1, { u: '2' }); } },
	{ name: '§8.1: trailers of a response to HEAD', requests: ['HEAD'], send: (s) => { s.peer.headers(1, OK); s.peer.headers(1, { t: '1' }, { endStream: true }); } },
	{ name: '§8.1: a response to HEAD does not end', requests: ['HEAD'], send: (s) => s.peer.headers(1, OK) },
	{ name: '§8.1: a second trailer section', after: 'response', send: (s) => { s.peer.headers(1, { t: '1' }, { endStream: true }); s.peer.headers(1, { t: '1' }, { endStream: true }); } },
];
