// Responses that RFC 9113 §8 calls malformed, which reset their stream while the connection and its HPACK state continue;
// and responses that look odd but are well-formed.

import assert from 'node:assert/strict';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { StreamResetError } from '../../src/base/errors.ts';
import type { PeerFields } from '../../src/testing/frame-sender.ts';
import { holds, type ScriptOptions, type SessionScript, scenario } from '../support/session-script.ts';

const { PROTOCOL_ERROR, ENHANCE_YOUR_CALM } = ErrorCode;

interface Malformed {
	name: string;
	method?: string;
	send: (s: SessionScript, id: number) => void;
	errorCode?: number;
	options?: ScriptOptions;
}

const ok: PeerFields = { ':status': '200' };
const withLength = (length: string): PeerFields => ({ ':status': '200', 'content-length': length });
const many = (count: number): PeerFields => [
	[':status', '200'],
	...Array.from({ length: count }, () => ['x', ''] as const),
];

// biome-ignore format: a table
const malformed: Malformed[] = [
	{ name: 'lacks :status', send: (s, id) => s.peer.headers(id, { server: 'x' }) },
	{ name: 'has no fields', send: (s, id) => s.peer.headers(id, {}) },
	{ name: 'has :status twice', send: (s, id) => s.peer.headers(id, [[':status', '200'], [':status', '204']]) },
	{ name: 'has :status after another field', send: (s, id) => s.peer.headers(id, [['a', 'b'], [':status', '200']]) },
	{ name: 'has a pseudo-header field of requests', send: (s, id) => s.peer.headers(id, [[':status', '200'], [':path', '/']]) },
	{ name: 'has an unknown pseudo-header field', send: (s, id) => s.peer.headers(id, [[':status', '200'], [':foo', '/']]) },
	{ name: 'has an empty :status', send: (s, id) => s.peer.headers(id, { ':status': '' }) },
	{ name: 'has a :status of two digits', send: (s, id) => s.peer.headers(id, { ':status': '20' }) },
	{ name: 'has a :status of four digits', send: (s, id) => s.peer.headers(id, { ':status': '2000' }) },
	{ name: 'has a :status that is not a number', send: (s, id) => s.peer.headers(id, { ':status': '2x0' }) },
	{ name: 'has :status 099', send: (s, id) => s.peer.headers(id, { ':status': '099' }) },
	{ name: 'has :status 101', send: (s, id) => s.peer.headers(id, { ':status': '101' }) },
	...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name): Malformed => ({
		name: `has the connection-specific field ${name}`, send: (s, id) => s.peer.headers(id, { ':status': '200', [name]: 'x' }),
	})),
	{ name: 'has te with another value than trailers', send: (s, id) => s.peer.headers(id, { ':status': '200', te: 'gzip' }) },
	...['Server', 'a b', 'a\0', 'a\n', 'a:b', '', 'a\x7f', 'a\xe4'].map((name): Malformed => ({
		name: `has the field name ${JSON.stringify(name)}`, send: (s, id) => s.peer.headers(id, { ':status': '200', [name]: 'x' }),
	})),
	...['a\rb', 'a\nb', 'a\0b', ' a', 'a ', '\ta', 'a\t'].map((value): Malformed => ({
		name: `has the field value ${JSON.stringify(value)}`, send: (s, id) => s.peer.headers(id, { ':status': '200', x: value }),
	})),
	{ name: 'has two different values of content-length', send: (s, id) => s.peer.headers(id, [[':status', '200'], ['content-length', '1'], ['content-length', '2']]) },
	...['-1', '+1', '1.5', '0x1', '1, 2', '', '99999999999999999999'].map((value): Malformed => ({
		name: `has the content-length ${JSON.stringify(value)}`, send: (s, id) => s.peer.headers(id, withLength(value)),
	})),
	{ name: 'has more content than its content-length', send: (s, id) => { s.peer.headers(id, withLength('3')); s.peer.data(id, 'four'); } },
	{ name: 'has less content than its content-length', send: (s, id) => { s.peer.headers(id, withLength('5')); s.peer.data(id, 'four', { endStream: true }); } },
	{ name: 'ends with its head although it has a content-length', send: (s, id) => s.peer.headers(id, withLength('5'), { endStream: true }) },
	{ name: 'has trailers before all of its content-length', send: (s, id) => { s.peer.headers(id, withLength('5')); s.peer.data(id, 'four'); s.peer.headers(id, { t: '1' }, { endStream: true }); } },
	{ name: 'has content although the request was HEAD', method: 'HEAD', send: (s, id) => { s.peer.headers(id, withLength('4')); s.peer.data(id, 'four'); } },
	{ name: 'has content and status 204', send: (s, id) => { s.peer.headers(id, { ':status': '204' }); s.peer.data(id, 'four'); } },
	{ name: 'has content and status 304', send: (s, id) => { s.peer.headers(id, { ':status': '304', 'content-length': '4' }); s.peer.data(id, 'four'); } },
	{ name: 'has content before its head', send: (s, id) => s.peer.data(id, 'x') },
	{ name: 'has content after an informational head only', send: (s, id) => { s.peer.headers(id, { ':status': '103' }); s.peer.data(id, 'x'); } },
	{ name: 'ends with an informational head', send: (s, id) => s.peer.headers(id, { ':status': '103' }, { endStream: true }) },
	{ name: 'has a 17th informational head', send: (s, id) => { for (let i = 0; i < 17; i++) s.peer.headers(id, { ':status': '103' }); }, errorCode: ENHANCE_YOUR_CALM },
	{ name: 'has trailers that do not end the stream', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, { t: '1' }); } },
	{ name: 'has a second head', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, ok, { endStream: true }); } },
	{ name: 'has a pseudo-header field in its trailers', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, { ':status': '200' }, { endStream: true }); } },
	{ name: 'has a connection-specific field in its trailers', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, { connection: 'close' }, { endStream: true }); } },
	{ name: 'has LF in its trailers', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, { a: 'b\nc' }, { endStream: true }); } },
	{ name: 'has a field section over limits.headerListSize', send: (s, id) => s.peer.headers(id, { ':status': '200', x: 'v'.repeat(1000) }), errorCode: ENHANCE_YOUR_CALM, options: { limits: { headerListSize: 1000 } } },
	{ name: 'has 257 fields', send: (s, id) => s.peer.headers(id, many(256)), errorCode: ENHANCE_YOUR_CALM },
	{ name: 'has trailers over limits.headerListSize', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, { x: 'v'.repeat(1000) }, { endStream: true }); }, errorCode: ENHANCE_YOUR_CALM, options: { limits: { headerListSize: 1000 } } },
];

for (const { name, method, send, errorCode = PROTOCOL_ERROR, options } of malformed) {
	scenario(
		`a response that ${name} resets its stream and no other`,
		(s) => {
			s.greet();
			const id = s.get(method);
			const other = s.get();
			send(s, id);
			holds(s.errorOf(id) instanceof StreamResetError);
			assert.equal((s.errorOf(id) as StreamResetError).errorCode, errorCode);
			assert.equal(s.errorOf(id)?.retryable, false);
			s.sent();
			// The HPACK table has kept its entries.
			s.peer.headers(other, { ':status': '200', 'x-state': 'kept' }, { endStream: true });
			assert.deepEqual(s.last('response').event.fields, [':status', '200', 'x-state', 'kept']);
			assert.equal(s.errorOf(other), null);
			s.expectHealthy();
		},
		options,
	);
}

interface WellFormed {
	name: string;
	method?: string;
	send: (s: SessionScript, id: number) => void;
	/** The events of the stream. */
	events: string[];
}

// biome-ignore format: a table
const wellFormed: WellFormed[] = [
	{ name: 'no content', send: (s, id) => s.peer.headers(id, { ':status': '204' }, { endStream: true }), events: ['response', 'closed'] },
	{ name: 'the status 999', send: (s, id) => s.peer.headers(id, { ':status': '999' }, { endStream: true }), events: ['response', 'closed'] },
	{ name: 'a repeated but equal content-length', send: (s, id) => { s.peer.headers(id, [[':status', '200'], ['content-length', '2'], ['content-length', '2']]); s.peer.data(id, 'ab', { endStream: true }); }, events: ['response', 'data', 'closed'] },
	{ name: 'a content-length to HEAD', method: 'HEAD', send: (s, id) => s.peer.headers(id, withLength('1000'), { endStream: true }), events: ['response', 'closed'] },
	{ name: 'a content-length to HEAD and an empty DATA', method: 'HEAD', send: (s, id) => { s.peer.headers(id, withLength('1000')); s.peer.data(id, '', { endStream: true }); }, events: ['response', 'data', 'closed'] },
	{ name: 'status 304 and a content-length', send: (s, id) => s.peer.headers(id, { ':status': '304', 'content-length': '9' }, { endStream: true }), events: ['response', 'closed'] },
	{ name: 'sixteen informational heads', send: (s, id) => { for (let i = 0; i < 16; i++) s.peer.headers(id, { ':status': '103', link: `${i}` }); s.peer.headers(id, ok, { endStream: true }); }, events: [...Array(16).fill('informational'), 'response', 'closed'] },
	{ name: 'trailers without content', send: (s, id) => { s.peer.headers(id, ok); s.peer.headers(id, { 'grpc-status': '0' }, { endStream: true }); }, events: ['response', 'trailers', 'closed'] },
	{ name: 'te: trailers', send: (s, id) => s.peer.headers(id, { ':status': '200', te: 'trailers' }, { endStream: true }), events: ['response', 'closed'] },
	{ name: 'bytes above 0x7f in a value', send: (s, id) => s.peer.headers(id, { ':status': '200', x: 'caf\xe9' }, { endStream: true }), events: ['response', 'closed'] },
	{ name: 'an empty value', send: (s, id) => s.peer.headers(id, { ':status': '200', x: '' }, { endStream: true }), events: ['response', 'closed'] },
	{ name: 'a field named __proto__', send: (s, id) => s.peer.headers(id, [[':status', '200'], ['__proto__', 'x']], { endStream: true }), events: ['response', 'closed'] },
	{ name: 'priority and padding on its head', send: (s, id) => s.peer.frame(1, 0x2d, id, Uint8Array.of(2, 0, 0, 0, 0, 15, 0x88, 0, 0)), events: ['response', 'closed'] },
	{ name: 'empty DATA frames', send: (s, id) => { s.peer.headers(id, ok); s.peer.data(id, ''); s.peer.data(id, 'x'); s.peer.data(id, '', { endStream: true }); }, events: ['response', 'data', 'data', 'data', 'closed'] },
	{ name: 'DATA frames that have only padding', send: (s, id) => { s.peer.headers(id, ok); s.peer.data(id, '', { padding: 0 }); s.peer.data(id, 'x', { padding: 0 }); s.peer.data(id, '', { padding: 9 }); s.peer.data(id, '', { padding: 0, endStream: true }); }, events: ['response', 'data', 'data', 'closed'] },
	{ name: 'a content-length to CONNECT, which is ignored,', method: 'CONNECT', send: (s, id) => { s.peer.headers(id, withLength('1')); s.peer.data(id, 'more than one', { endStream: true }); }, events: ['response', 'data', 'closed'] },
];

for (const { name, method = 'GET', send, events } of wellFormed) {
	scenario(`a response with ${name} is delivered`, (s) => {
		s.greet();
		const connect = [':method', 'CONNECT', ':authority', 'localhost:1'];
		const id = method === 'CONNECT' ? s.open(connect, true) : s.get(method);
		send(s, id);
		assert.deepEqual(
			s.events.filter((event) => event.endsWith(` ${id}`)),
			events.map((event) => `${event} ${id}`),
		);
		assert.equal(s.errorOf(id), null);
		s.expectHealthy();
	});
}

const blanks = [
	[':status', '200'],
	['x', ' a\t'],
	['y', '\t '],
] as const;

scenario('blanks around a field value are malformed', (s) => {
	s.greet();
	s.peer.headers(s.get(), blanks, { endStream: true });
	s.expectReset(1, ErrorCode.PROTOCOL_ERROR);
	assert.match(s.errorOf(1)?.message ?? '', /begins or ends with a blank, which the option lenient accepts$/);
});

scenario(
	'blanks around a field value are stripped if the connection is lenient, also if the table has them',
	(s) => {
		s.greet();
		for (let i = 0; i < 2; i++) {
			const id = s.get();
			s.peer.headers(id, blanks);
			assert.deepEqual(s.last('response').event.fields, [':status', '200', 'x', 'a', 'y', '']);
			s.peer.headers(id, [['z', ' b ']], { endStream: true });
			assert.deepEqual(s.last('trailers').event.fields, ['z', 'b']);
		}
		s.expectHealthy();
	},
	{ lenient: true },
);

scenario(
	'NUL, CR and LF in a field value are malformed even if the connection is lenient',
	(s) => {
		s.greet();
		for (const value of ['a\0', ' a\r', '\na ']) {
			const id = s.get();
			s.peer.headers(
				id,
				[
					[':status', '200'],
					['x', value],
				],
				{ endStream: true },
			);
			s.expectReset(id, ErrorCode.PROTOCOL_ERROR);
		}
	},
	{ lenient: true },
);
