// Sends the content of one request as the windows take it: the source is asked for more only when there is room.

import { INTERNAL_ERROR } from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../base/errors.ts';
import type { RequestBody } from '../body/request-body.ts';
import { trailerFields } from './request-fields.ts';
import type { Carrier, Stream } from './stream.ts';

const NO_BYTES = new Uint8Array(0);
/** How long content waits for an answer to Expect: RFC 9110 §10.1.1 lets a server ignore that, and asks us not to wait for ever. */
const CONTINUE_WAIT = 1000;

/** Whether the request ends with HEADERS. */
export function endsWithHeaders(stream: Stream): boolean {
	const { body, trailers, manual } = stream.request;
	return !manual && trailers === undefined && (body === null || body.bytes?.length === 0);
}

/** Starts to send the content of a stream that was just opened. What goes wrong ends the stream. */
export function startUpload(stream: Stream, carrier: Carrier): void {
	const { body, trailers, expectsContinue } = stream.request;
	if (trailers === undefined && body?.bytes && !expectsContinue) {
		carrier.sendData(stream, body.bytes, true);
		return;
	}
	const { id } = stream;
	// A request that was refused may be sent again, on another stream: this upload is then over.
	const isOver = () => stream.closed || stream.id !== id || stream.carrier !== carrier;
	upload(stream, carrier, body, isOver).catch((cause: unknown) => {
		if (!isOver()) failUpload(stream, cause);
	});
}

/** Ends a stream whose content cannot be sent: the peer is told, the response rejects with `cause` as its cause. */
function failUpload(stream: Stream, cause: unknown): void {
	const why = cause instanceof Error ? cause.message : String(cause);
	const message = `Request on stream ${stream.id} was given up: its body failed (${why})`;
	stream.cancel(new StreamResetError(stream.id, INTERNAL_ERROR, 'local', message, { cause }), INTERNAL_ERROR);
}

async function upload(
	stream: Stream,
	carrier: Carrier,
	body: RequestBody | null,
	isOver: () => boolean,
): Promise<void> {
	if (stream.request.expectsContinue) {
		await waitForContinue(stream);
		// §10.1.1: a final response other than a success says that the content is not wanted.
		const isUnwanted = (stream.head?.status ?? 0) >= 300;
		if (isOver()) return;
		if (isUnwanted) {
			body?.release();
			return stream.withhold();
		}
	}
	if (body !== null) {
		const finished = await sendSource(stream, carrier, body.source(), stream.request.contentLength, isOver);
		if (!finished) return;
	}
	const { trailers } = stream.request;
	if (trailers === undefined) {
		carrier.sendData(stream, NO_BYTES, true);
		return;
	}
	const section = trailerFields(typeof trailers === 'function' ? await trailers() : trailers);
	if (!isOver()) carrier.sendTrailers(stream, section);
}

/** Sends all that a source gives, and checks it against content-length; false when the stream was over before. */
async function sendSource(
	stream: Stream,
	carrier: Carrier,
	source: AsyncIterator<Uint8Array, undefined>,
	declared: number | null,
	isOver: () => boolean,
): Promise<boolean> {
	let sent = 0;
	let done = false;
	// Who ends the stream ends a reading that has nothing to give.
	stream.source = source;
	try {
		for (;;) {
			const item = await source.next();
			if (isOver()) return false;
			if (item.done) {
				done = true;
				break;
			}
			sent += item.value.length;
			if (declared !== null && sent > declared) throw lengthError(declared, `at least ${sent}`);
			if (!carrier.sendData(stream, item.value, false)) await waitForRoom(stream);
			if (isOver()) return false;
		}
	} finally {
		if (stream.source === source) stream.source = null;
		// Not awaited: a source that is busy must not keep the stream.
		if (!done) source.return?.().catch(() => undefined);
	}
	if (declared !== null && sent !== declared) throw lengthError(declared, `${sent}`);
	return true;
}

/** Sends content on a stream that is fed by hand; resolves when there is room for more. */
export async function sendByHand(stream: Stream, body: RequestBody | null, final: boolean): Promise<void> {
	const { carrier } = stream;
	if (carrier === null || stream.closed) throw stream.failure?.reason ?? closedError(stream);
	if (body === null || body.bytes !== null) {
		if (!carrier.sendData(stream, body?.bytes ?? NO_BYTES, final)) await waitForRoom(stream);
		return;
	}
	try {
		const finished = await sendSource(stream, carrier, body.source(), null, () => stream.closed);
		if (finished && final) carrier.sendData(stream, NO_BYTES, true);
	} finally {
		body.release();
	}
}

function closedError(stream: Stream): LocalProtocolError {
	return new LocalProtocolError(`Cannot send DATA on stream ${stream.id}: stream is closed, must be open`);
}

/** Resolves when the stream takes more content, or is closed. */
function waitForRoom(stream: Stream): Promise<void> {
	return new Promise((resolve) => {
		const before = stream.wakeUpload;
		stream.wakeUpload = () => {
			stream.wakeUpload = null;
			before?.();
			resolve();
		};
	});
}

/** Resolves with 100 (Continue), a final response, the end of the stream, or when it has taken too long. */
async function waitForContinue(stream: Stream): Promise<void> {
	if (stream.closed || stream.head !== null) return;
	const timer = setTimeout(() => stream.wakeUpload?.(), CONTINUE_WAIT);
	await waitForRoom(stream);
	clearTimeout(timer);
}

function lengthError(declared: number, actual: string): LocalProtocolError {
	return new LocalProtocolError(`Body has ${actual} octets where content-length is ${declared}`);
}
