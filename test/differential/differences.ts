// Where other clients differ from ours, and the sentence that decides it. docs/conformance.md shows this table.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import type { OracleName } from './oracle.ts';
import type { Difference } from './outcome.ts';

/** What both sides did, `verdict [reason]`, and where: at the connection, at a stream, or in late RST_STREAM frames. */
interface Signature {
	where?: 'connection' | 'stream' | 'resets';
	/** The type of the last frame that the server sent. */
	frame?: number;
	ours: RegExp;
	theirs: RegExp;
}

export interface Explanation {
	/** What the server sends. */
	what: string;
	ours: string;
	theirs: string;
	/** The clients that differ. */
	clients: readonly OracleName[];
	/** Clients that differ too, but not in every run: they answer and close at the same time. */
	sometimes?: readonly OracleName[];
	/** The section of an RFC, and its sentence. */
	section: string;
	sentence: string;
	/** Why we do what we do, where the sentence leaves a choice. */
	choice?: string;
	signatures: readonly Signature[];
}

const ALTSVC = 0x0a;
const FINE = /^fine \[/;
const ACCEPTED = /^(fine|complete|open|unprocessed|reset by server)/;
const ERROR = /^error/;

export const explanations: readonly Explanation[] = [
	// Errors of another scope, another code, or without GOAWAY.
	{
		what: 'anything that is a stream error',
		ours: 'stream error',
		theirs: 'connection error',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §5.4.1',
		sentence: 'In particular, an endpoint MAY choose to treat a stream error as a connection error.',
		choice: 'other requests go on',
		signatures: [{ where: 'connection', ours: /^fine; /, theirs: ERROR }],
	},
	{
		what: 'anything that is an error',
		ours: 'the code that the RFC names',
		theirs: 'PROTOCOL_ERROR or INTERNAL_ERROR',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §5.4',
		sentence:
			'a generic error code (such as PROTOCOL_ERROR or INTERNAL_ERROR) can always be used in place of more specific error codes',
		choice: 'the code helps the operator of the server',
		signatures: [
			{ where: 'connection', ours: ERROR, theirs: /^error (PROTOCOL|INTERNAL)_ERROR/ },
			{ where: 'stream', ours: /^reset by client/, theirs: /^reset by client with (PROTOCOL|INTERNAL)_ERROR/ },
		],
	},
	{
		what: 'a frame with several faults, or a field block that is broken and interrupted',
		ours: 'the code of one fault',
		theirs: 'the code of another',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §5.4',
		sentence: 'If an endpoint detects multiple different errors, it MAY choose to report any one of those errors.',
		choice: 'each of them is right',
		signatures: [
			{
				where: 'connection',
				ours: /^error .*(did not begin with SETTINGS|belongs on (a )?stream|Field block was interrupted)/,
				theirs: /^error (FRAME_SIZE|COMPRESSION)_ERROR/,
			},
			{ where: 'connection', ours: /^error COMPRESSION_ERROR/, theirs: /^error ENHANCE_YOUR_CALM/ },
		],
	},
	{
		what: 'an error of a stream, or the end of a response, right before a connection error',
		ours: 'the request has its own result',
		theirs: 'it fails with the connection',
		clients: [],
		sometimes: ['node'],
		section: 'RFC 9113 §5.4',
		sentence: 'If a frame causes a connection error, that error MUST be reported.',
		choice: 'what was received before it is good',
		signatures: [{ where: 'stream', ours: /^(reset by client|complete|unprocessed)/, theirs: /^connection error/ }],
	},
	{
		what: 'anything that is a connection error',
		ours: 'GOAWAY',
		theirs: 'only close the connection',
		clients: ['go'],
		sometimes: ['node', 'python'],
		section: 'RFC 9113 §5.4.1',
		sentence:
			'An endpoint that encounters a connection error SHOULD first send a GOAWAY frame (Section 6.8) with the stream identifier of the last stream that it successfully received from its peer.',
		signatures: [{ where: 'connection', ours: ERROR, theirs: /^error without GOAWAY/ }],
	},

	// What we reject and others accept.
	{
		what: 'a first frame that is not SETTINGS, or nothing',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['python', 'go'],
		section: 'RFC 9113 §3.4',
		sentence:
			'Clients and servers MUST treat an invalid connection preface as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /did not begin with SETTINGS|answered in HTTP\/1/, theirs: ACCEPTED }],
	},
	{
		what: 'the head of a frame that is too long',
		ours: 'connection error',
		theirs: 'wait for the rest of it',
		clients: ['python'],
		section: 'RFC 9113 §4.2',
		sentence:
			'An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in SETTINGS_MAX_FRAME_SIZE, exceeds any limit defined for the frame type, or is too small to contain mandatory frame data.',
		signatures: [{ ours: /longer than our SETTINGS_MAX_FRAME_SIZE/, theirs: FINE }],
	},
	{
		what: 'padding as long as its frame',
		ours: 'connection error',
		theirs: 'stream error, or ignore it on a stream that has ended',
		clients: ['node', 'go'],
		section: 'RFC 9113 §6.1, §6.2',
		sentence:
			'If the length of the padding is the length of the frame payload or greater, the recipient MUST treat this as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /Padding is longer than the frame/, theirs: ACCEPTED }],
	},
	{
		what: 'DATA or HEADERS after the end of a response, or after a reset by the server',
		ours: 'RST_STREAM with STREAM_CLOSED, once',
		theirs: 'ignore them, use another code, or repeat RST_STREAM',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §6.1',
		sentence:
			'If a DATA frame is received whose stream is not in the "open" or "half-closed (local)" state, the recipient MUST respond with a stream error (Section 5.4.2) of type STREAM_CLOSED.',
		signatures: [{ where: 'resets', ours: /STREAM_CLOSED/, theirs: /^/ }],
	},
	{
		what: 'WINDOW_UPDATE with an increment of 0 on a stream that has ended',
		ours: 'RST_STREAM',
		theirs: 'ignore it',
		clients: ['node', 'go'],
		section: 'RFC 9113 §6.9',
		sentence:
			'A receiver MUST treat the receipt of a WINDOW_UPDATE frame with a flow-control window increment of 0 as a stream error (Section 5.4.2) of type PROTOCOL_ERROR',
		signatures: [{ where: 'resets', frame: FrameType.WINDOW_UPDATE, ours: /PROTOCOL_ERROR/, theirs: /^ / }],
	},
	{
		what: 'PRIORITY on stream 0',
		ours: 'connection error',
		theirs: 'ignore it (since Node 22)',
		clients: [],
		sometimes: ['node'],
		section: 'RFC 9113 §6.3',
		sentence:
			'If a PRIORITY frame is received with a stream identifier of 0x00, the recipient MUST respond with a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ frame: FrameType.PRIORITY, ours: /belongs on a stream/, theirs: FINE }],
	},
	{
		what: 'HEADERS, RST_STREAM or WINDOW_UPDATE on an idle stream',
		ours: 'connection error',
		theirs: 'ignore them',
		clients: ['python', 'go'],
		section: 'RFC 9113 §5.1',
		sentence:
			'Receiving any frame other than HEADERS or PRIORITY on a stream in this state MUST be treated as a connection error (Section 5.4.1) of type PROTOCOL_ERROR. If this stream is initiated by the server, as described in Section 5.1.1, then receiving a HEADERS frame MUST also be treated as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /which is idle|has an increment of 0/, theirs: ACCEPTED }],
	},
	{
		what: 'DATA or WINDOW_UPDATE on a reserved stream',
		ours: 'connection error',
		theirs: 'stream error, or ignore it',
		clients: ['python'],
		section: 'RFC 9113 §5.1',
		sentence:
			'Receiving any type of frame other than HEADERS, RST_STREAM, or PRIORITY on a stream in this state MUST be treated as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /which is reserved/, theirs: ACCEPTED }],
	},
	{
		what: 'a setting out of its range, even if a valid value follows in the same frame',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §6.5.2',
		sentence: 'Values outside this range MUST be treated as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /SETTINGS has a value out of range/, theirs: ACCEPTED }],
	},
	{
		what: 'SETTINGS_ENABLE_PUSH with the value 1',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['python', 'go'],
		section: 'RFC 9113 §6.5.2',
		sentence:
			'A client MUST treat receipt of a SETTINGS frame with SETTINGS_ENABLE_PUSH set to 1 as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /SETTINGS_ENABLE_PUSH with the value 1/, theirs: ACCEPTED }],
	},
	{
		what: 'SETTINGS_ENABLE_CONNECT_PROTOCOL with 0 after 1',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['python', 'go'],
		section: 'RFC 8441 §3',
		sentence:
			'A sender MUST NOT send a SETTINGS_ENABLE_CONNECT_PROTOCOL parameter with the value of 0 after previously sending a value of 1.',
		signatures: [{ ours: /withdrew SETTINGS_ENABLE_CONNECT_PROTOCOL/, theirs: ACCEPTED }],
	},
	{
		what: 'SETTINGS that take the window of a stream above 2^31-1',
		ours: 'connection error',
		theirs: 'stream error, or accept them',
		clients: ['node', 'go'],
		section: 'RFC 9113 §6.9.2',
		sentence:
			'An endpoint MUST treat a change to SETTINGS_INITIAL_WINDOW_SIZE that causes any flow-control window to exceed the maximum size as a connection error (Section 5.4.1) of type FLOW_CONTROL_ERROR.',
		signatures: [{ ours: /SETTINGS_INITIAL_WINDOW_SIZE raises a window/, theirs: ACCEPTED }],
	},
	{
		what: 'GOAWAY that raises the last stream id',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['go'],
		section: 'RFC 9113 §6.8',
		sentence: 'Endpoints MUST NOT increase the value they send in the last stream identifier',
		signatures: [{ ours: /raises the last stream id/, theirs: ACCEPTED }],
	},
	{
		what: 'a response after RST_STREAM, or after GOAWAY that excludes its request',
		ours: 'the request fails',
		theirs: 'may accept the response',
		clients: [],
		sometimes: ['go'],
		section: 'RFC 9113 §6.4, §6.8',
		sentence: 'The RST_STREAM frame fully terminates the referenced stream and causes it to enter the "closed" state.',
		signatures: [{ where: 'stream', ours: /^(unprocessed|reset by server)/, theirs: /^complete/ }],
	},
	{
		what: 'PUSH_PROMISE although push is off, before SETTINGS are acknowledged',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['node'],
		section: 'RFC 9113 §6.6',
		sentence: 'PUSH_PROMISE MUST NOT be sent if the SETTINGS_ENABLE_PUSH setting of the peer endpoint is set to 0.',
		signatures: [{ ours: /although push is disabled/, theirs: ACCEPTED }],
	},
	{
		what: 'PUSH_PROMISE on a stream that has ended, or that the server has reset',
		ours: 'connection error with PROTOCOL_ERROR',
		theirs: 'ignore it, or STREAM_CLOSED',
		clients: ['node', 'python'],
		section: 'RFC 9113 §6.6',
		sentence:
			'A receiver MUST treat the receipt of a PUSH_PROMISE on a stream that is neither "open" nor "half-closed (local)" as a connection error (Section 5.4.1) of type PROTOCOL_ERROR.',
		signatures: [
			{ ours: /PUSH_PROMISE arrived on stream \d+, which is closed/, theirs: /^(fine|error STREAM_CLOSED)/ },
		],
	},
	{
		what: 'a promised request that is invalid, not safe, not cacheable, or has content',
		ours: 'stream error',
		theirs: 'accept it',
		clients: ['node', 'python'],
		section: 'RFC 9113 §8.4',
		sentence:
			'Clients that receive a promised request that is not cacheable, that is not known to be safe, or that indicates the presence of request content MUST reset the promised stream with a stream error (Section 5.4.2) of type PROTOCOL_ERROR.',
		signatures: [
			{ where: 'stream', ours: /^no stream/, theirs: ACCEPTED },
			{ where: 'resets', ours: /PROTOCOL_ERROR/, theirs: /^ \[/ },
		],
	},
	{
		what: 'a promised request with an :authority that no URI can have, such as a|b',
		ours: 'leave it to the connection, which accepts only the origin of the request',
		theirs: 'stream error',
		clients: ['node'],
		section: 'RFC 9113 §8.4',
		sentence:
			'A client MUST treat a PUSH_PROMISE for which the server is not authoritative as a stream error (Section 5.4.2) of type PROTOCOL_ERROR.',
		choice: 'the session does not know the origin',
		signatures: [
			{ where: 'stream', ours: /^open/, theirs: /^no stream/ },
			{ where: 'resets', ours: /^ \[/, theirs: /^\d*[02468]: PROTOCOL_ERROR/ },
		],
	},
	{
		what: 'an invalid :status, such as 20, +20 or 000',
		ours: 'stream error',
		theirs: 'accept it',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §8.3',
		sentence:
			'Endpoints MUST treat a request or response that contains undefined or invalid pseudo-header fields as malformed (Section 8.1.1).',
		signatures: [{ ours: /invalid :status/, theirs: ACCEPTED }],
	},
	{
		what: 'the interim response 101',
		ours: 'stream error',
		theirs: 'accept it',
		clients: ['python', 'go'],
		section: 'RFC 9113 §8.6',
		sentence: 'HTTP/2 does not support the 101 (Switching Protocols) informational status code',
		signatures: [{ ours: /status 101, which HTTP\/2 does not allow/, theirs: ACCEPTED }],
	},
	{
		what: 'a forbidden byte in a field name or value, or a blank around a value',
		ours: 'stream error',
		theirs: 'accept the field, or drop it in silence',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §8.2.1',
		sentence:
			'A request or response that contains a field that violates any of these conditions MUST be treated as malformed (Section 8.1.1).',
		signatures: [
			{ ours: /field (name|value) has a forbidden byte|value begins or ends with a blank/, theirs: ACCEPTED },
		],
	},
	{
		what: 'a connection-specific field in a response or in trailers',
		ours: 'stream error',
		theirs: 'accept it',
		clients: ['go'],
		section: 'RFC 9113 §8.2.2',
		sentence: 'Any message containing connection-specific header fields MUST be treated as malformed (Section 8.1.1).',
		signatures: [{ ours: /connection-specific field|te with a value other/, theirs: ACCEPTED }],
	},
	{
		what: 'content-length that is no number, or not the length of the content',
		ours: 'stream error',
		theirs: 'accept it in some cases',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §8.1.1',
		sentence:
			'A request or response is also malformed if the value of a content-length header field does not equal the sum of the DATA frame payload lengths that form the content, unless the message is defined as having no content.',
		signatures: [
			{ ours: /invalid content-length|two different values of content-length|its content-length is/, theirs: ACCEPTED },
		],
	},
	{
		what: 'content that does not have the length in content-length',
		ours: 'RST_STREAM',
		theirs: 'only the application gets an error',
		clients: ['go'],
		section: 'RFC 9113 §8.1.1',
		sentence:
			'Malformed requests or responses that are detected MUST be treated as a stream error (Section 5.4.2) of type PROTOCOL_ERROR.',
		signatures: [{ ours: /its content-length is/, theirs: /^rejected/ }],
	},
	{
		what: 'content in a response to HEAD',
		ours: 'the request fails',
		theirs: 'the application gets the response, the server RST_STREAM',
		clients: ['go'],
		section: 'RFC 9113 §8.1.1',
		sentence: 'Clients MUST NOT accept a malformed response.',
		signatures: [{ where: 'resets', ours: /^ \[/, theirs: /PROTOCOL_ERROR/ }],
	},
	{
		what: 'more fields, interim responses, settings or CONTINUATION frames than our limits allow',
		ours: 'ENHANCE_YOUR_CALM',
		theirs: 'have other limits',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §10.5',
		sentence:
			'An endpoint MAY treat activity that is suspicious as a connection error (Section 5.4.1) of type ENHANCE_YOUR_CALM.',
		choice: 'our limits are options',
		signatures: [{ ours: /ENHANCE_YOUR_CALM/, theirs: ACCEPTED }],
	},
	{
		what: 'three updates of the size of the dynamic table in one field block',
		ours: 'connection error',
		theirs: 'accept them',
		clients: ['node', 'python', 'go'],
		section: 'RFC 7541 §4.2',
		sentence: 'The final maximum size is always signaled, resulting in at most two dynamic table size updates.',
		signatures: [{ ours: /more than two table size updates/, theirs: ACCEPTED }],
	},
	{
		what: 'an update of the size of the dynamic table behind a field',
		ours: 'connection error',
		theirs: 'accept it if the table is empty',
		clients: ['go'],
		section: 'RFC 7541 §4.2',
		sentence:
			'This dynamic table size update MUST occur at the beginning of the first header block following the change to the dynamic table size.',
		signatures: [{ ours: /size update is not at the start/, theirs: ACCEPTED }],
	},
	{
		what: 'an HPACK integer of more bytes than any value needs',
		ours: 'connection error',
		theirs: 'accept it',
		clients: ['python'],
		section: 'RFC 7541 §5.1',
		sentence:
			'Integer encodings that exceed implementation limits -- in value or octet length -- MUST be treated as decoding errors.',
		signatures: [{ ours: /Integer in the field block is too large/, theirs: ACCEPTED }],
	},

	// What others reject and we accept.
	{
		what: 'frames after GOAWAY',
		ours: 'requests that it does not exclude go on',
		theirs: 'end the connection at any GOAWAY (python), or at one with an error (node)',
		clients: ['node', 'python'],
		section: 'RFC 9113 §6.8',
		sentence:
			'Activity on streams numbered lower than or equal to the last stream identifier might still complete successfully.',
		signatures: [{ ours: FINE, theirs: /ConnectionState\.CLOSED|Session closed with error code/ }],
	},
	{
		what: 'GOAWAY whose last stream id is even',
		ours: 'accept it',
		theirs: 'connection error',
		clients: ['node'],
		section: 'RFC 9113 §6.8',
		sentence:
			'The last stream identifier in the GOAWAY frame contains the highest-numbered stream identifier for which the sender of the GOAWAY frame might have taken some action on or might yet take action on.',
		choice: 'no sentence forbids it, and Go accepts it',
		signatures: [{ frame: FrameType.GOAWAY, ours: FINE, theirs: ERROR }],
	},
	{
		what: 'an acknowledgement of a PING that was not sent',
		ours: 'ignore it',
		theirs: 'connection error',
		clients: ['node'],
		section: 'RFC 9113 §6.7',
		sentence: 'An endpoint MUST NOT respond to PING frames containing this flag.',
		choice: 'no sentence makes it an error, and Go ignores it',
		signatures: [{ frame: FrameType.PING, ours: FINE, theirs: ERROR }],
	},
	{
		what: 'a second acknowledgement of SETTINGS',
		ours: 'ignore it',
		theirs: 'connection error',
		clients: ['node', 'go'],
		section: 'RFC 9113 §6.5.3',
		sentence:
			'Upon receiving a SETTINGS frame with the ACK flag set, the sender of the altered settings can rely on the values from the oldest unacknowledged SETTINGS frame having been applied.',
		choice: 'no sentence makes it an error, and python3-h2 ignores it',
		signatures: [{ frame: FrameType.SETTINGS, ours: FINE, theirs: /^error (PROTOCOL|INTERNAL)_ERROR|^error without/ }],
	},
	{
		what: 'SETTINGS_NO_RFC7540_PRIORITIES after the first SETTINGS',
		ours: 'accept it',
		theirs: 'connection error',
		clients: ['node'],
		section: 'RFC 9218 §2.1',
		sentence: 'Receivers that detect a change MAY treat it as a connection error of type PROTOCOL_ERROR.',
		choice: 'the setting concerns signals that we do not send',
		signatures: [{ frame: FrameType.SETTINGS, ours: FINE, theirs: /^error (INTERNAL_ERROR|without)/ }],
	},
	{
		what: 'an ALTSVC frame that is invalid',
		ours: 'ignore it',
		theirs: 'connection error',
		clients: ['node', 'python'],
		section: 'RFC 7838 §4',
		sentence: 'An ALTSVC frame on stream 0 with empty (length 0) "Origin" information is invalid and MUST be ignored.',
		signatures: [{ frame: ALTSVC, ours: FINE, theirs: ERROR }],
	},
	{
		what: 'a priority that depends on its own stream',
		ours: 'ignore it',
		theirs: 'connection error',
		clients: ['node', 'python'],
		section: 'RFC 9113 §5.3.2',
		sentence: 'This update to HTTP/2 deprecates the priority signaling defined in RFC 7540 [RFC7540].',
		signatures: [
			{ frame: FrameType.PRIORITY, ours: FINE, theirs: ERROR },
			{ ours: FINE, theirs: /may not depend on itself/ },
		],
	},
	{
		what: 'WINDOW_UPDATE whose reserved bit is set',
		ours: 'ignore the bit',
		theirs: 'connection error',
		clients: ['python'],
		section: 'RFC 9113 §4.1',
		sentence:
			'The semantics of this bit are undefined, and the bit MUST remain unset (0x00) when sending and MUST be ignored when receiving.',
		signatures: [{ frame: FrameType.WINDOW_UPDATE, ours: FINE, theirs: /non-compliant data/ }],
	},
	{
		what: 'HEADERS on a stream that a promise has skipped',
		ours: 'ignore them',
		theirs: 'connection error',
		clients: ['python'],
		section: 'RFC 9113 §5.1',
		sentence: 'An endpoint can perform this minimal processing for all streams that are in the "closed" state.',
		choice: 'node:http2 does the same',
		signatures: [{ ours: FINE, theirs: /StreamIDTooLowError/ }],
	},
	{
		what: 'content-length in a 204, 304 or 1xx response',
		ours: 'accept it',
		theirs: 'error',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9113 §8.1.1',
		sentence:
			'A response that is defined to have no content, as described in Section 6.4.1 of [HTTP], MAY have a non-zero content-length header field, even though no content is included in DATA frames.',
		signatures: [
			{
				ours: /^(complete|fine|open) \[(.* )?(1\d\d|204|304) \[\["content-length"/,
				theirs: /^(error|rejected|reset by client)/,
			},
		],
	},
	{
		what: 'content-length in a 200 response to CONNECT',
		ours: 'show it, and ignore it',
		theirs: 'obey it, or hide it (node)',
		clients: ['node', 'python', 'go'],
		section: 'RFC 9110 §9.3.6',
		sentence:
			'A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a successful response to CONNECT.',
		signatures: [
			{ ours: /^(complete|fine|open) \[200 \[\["content-length"/, theirs: /InvalidBodyLengthError|^rejected/ },
			{ ours: /^200 \[\["content-length",/, theirs: /^200 \[\] / },
		],
	},
	{
		what: 'two equal content-length lines',
		ours: 'accept them',
		theirs: 'stream error',
		clients: ['node'],
		section: 'RFC 9110 §8.6',
		sentence:
			'a recipient of a Content-Length header field value consisting of the same decimal value repeated as a comma-separated list (e.g, "Content-Length: 42, 42") MAY either reject the message as invalid or replace that invalid field value with a single instance of the decimal value',
		choice: 'Go accepts them',
		signatures: [{ ours: /^(?:complete|open).*\["content-length",\["(\d+)","\1"\]\]/, theirs: /^reset by client/ }],
	},
	{
		what: 'content-length in trailers',
		ours: 'an ordinary trailer',
		theirs: 'stream error (node), or connection error if it is no number (python)',
		clients: ['node', 'python'],
		section: 'RFC 9110 §6.5.2',
		sentence:
			'At the end of a message, a recipient MAY treat the set of received trailer fields as a data structure of name/value pairs, similar to (but separate from) the header fields.',
		choice: 'Go accepts it',
		signatures: [
			{ ours: /^complete.*trailers .*"content-length"/, theirs: /^reset by client/ },
			{ ours: /^fine .*trailers .*"content-length"/, theirs: /Invalid content-length header/ },
		],
	},
	{
		what: 'a control character in a value, other than NUL, CR and LF',
		ours: 'keep it',
		theirs: 'drop the field (node), or stream error (go)',
		clients: ['node', 'go'],
		section: 'RFC 9110 §5.5',
		sentence:
			'Field values containing other CTL characters are also invalid; however, recipients MAY retain such characters for the sake of robustness when they appear within a safe context',
		choice: 'python3-h2 keeps it',
		signatures: [
			{ where: 'stream', ours: /^[\d[].*(\\u00[01]|\\[bf]|\x7f)/, theirs: /^[\d[]/ },
			{ where: 'stream', ours: /^(complete|open)/, theirs: /invalid header field value/ },
		],
	},
	{
		what: 'more than five interim responses',
		ours: 'accept 16',
		theirs: 'stream error',
		clients: ['go'],
		section: 'RFC 9110 §15.2',
		sentence:
			'A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the client does not expect one.',
		choice: 'the limit is an option',
		signatures: [{ ours: ACCEPTED, theirs: /too many 1xx/ }],
	},
	{
		what: 'an interim response on a promised stream',
		ours: 'an interim response',
		theirs: 'connection error (python), or take it for the response (node)',
		clients: ['node', 'python'],
		section: 'RFC 9113 §8.4.2',
		sentence:
			'The server uses this stream to transmit an HTTP response, using the same sequence of frames as that defined in Section 8.1.',
		signatures: [
			{ ours: FINE, theirs: /RECV_INFORMATIONAL_HEADERS/ },
			{ where: 'stream', ours: /1\d\d \[/, theirs: /^/ },
		],
	},

	// Both accept, with other results.
	{
		what: 'RST_STREAM with NO_ERROR before the end of a response',
		ours: 'the request fails',
		theirs: 'the response is complete',
		clients: ['node'],
		section: 'RFC 9113 §8.1',
		sentence:
			'An HTTP response is complete after the server sends -- or the client receives -- a frame with the END_STREAM flag set (including any CONTINUATION frames needed to complete a field block).',
		signatures: [
			{ where: 'stream', ours: /^reset by server with NO_ERROR/, theirs: /^complete/ },
			{ frame: FrameType.RST_STREAM, where: 'stream', ours: /^reset by client/, theirs: /^complete/ },
			{ frame: FrameType.RST_STREAM, where: 'resets', ours: /^ \[/, theirs: /PROTOCOL_ERROR/ },
		],
	},
	{
		what: 'two cookie lines in a response',
		ours: 'two fields',
		theirs: 'one field',
		clients: ['python'],
		section: 'RFC 9113 §8.2.3',
		sentence:
			'If there are multiple Cookie header fields after decompression, these MUST be concatenated into a single octet string using the two-octet delimiter of 0x3b, 0x20 (the ASCII string "; ") before being passed into a non-HTTP/2 context',
		choice: 'our fields are those of HTTP/2',
		signatures: [{ where: 'stream', ours: /"cookie"/, theirs: /"cookie"/ }],
	},
	{
		what: 'the head of a response to HEAD, without END_STREAM',
		ours: 'the response has not ended',
		theirs: 'it is complete',
		clients: ['go'],
		section: 'RFC 9113 §8.1',
		sentence:
			'An HTTP response is complete after the server sends -- or the client receives -- a frame with the END_STREAM flag set (including any CONTINUATION frames needed to complete a field block).',
		choice: 'trailers may follow',
		signatures: [{ where: 'stream', ours: /^open/, theirs: /^complete/ }],
	},
	{
		what: 'trailers of a response to HEAD',
		ours: 'trailers',
		theirs: 'no trailers',
		clients: ['go'],
		section: 'RFC 9110 §6.5.2',
		sentence:
			'At the end of a message, a recipient MAY treat the set of received trailer fields as a data structure of name/value pairs, similar to (but separate from) the header fields.',
		choice: 'node:http2 and python3-h2 show them',
		signatures: [{ where: 'stream', ours: /^\[\[/, theirs: /^\[\] / }],
	},
	{
		what: 'DATA after the end of a response or a reset, from a server that the client itself has cancelled',
		ours: 'ignore them',
		theirs: 'RST_STREAM again',
		clients: ['python'],
		section: 'RFC 9113 §5.4.2',
		sentence: 'Normally, an endpoint SHOULD NOT send more than one RST_STREAM frame for any stream.',
		signatures: [{ where: 'resets', ours: /^ \[/, theirs: /STREAM_CLOSED/ }],
	},
	{
		what: 'DATA after an interim response',
		ours: 'stream error',
		theirs: 'the connection hangs, and its requests never end',
		clients: ['go'],
		section: 'RFC 9113 §8.1.1',
		sentence:
			'Malformed requests or responses that are detected MUST be treated as a stream error (Section 5.4.2) of type PROTOCOL_ERROR.',
		signatures: [{ where: 'connection', ours: /DATA arrived before the response/, theirs: /^hung/ }],
	},
];

/** The explanations that apply to a difference of this client, in a case that ends with a frame of this type. */
export function explain(name: OracleName, difference: Difference, frame: number): Explanation[] {
	const ours = `${difference.ours} [${difference.ourReason}]`;
	const theirs = `${difference.theirs} [${difference.theirReason}]`;
	const where = difference.where.split(' ')[0];
	return explanations.filter(({ clients, sometimes = [], signatures }) => {
		if (![...clients, ...sometimes].includes(name)) return false;
		return signatures.some((signature) => {
			if ((signature.where ?? where) !== where || (signature.frame ?? frame) !== frame) return false;
			return signature.ours.test(ours) && signature.theirs.test(theirs);
		});
	});
}
