// What must be true of every life, whatever its plan.

import { getEventListeners } from 'node:events';
import { BodyLimitError, HyperError } from '../../src/index.ts';
import { contentOf, encodedContent } from './content.ts';
import { type Exchange, PlannedError } from './exchange.ts';
import type { ExchangePlan } from './exchange-plan.ts';
import type { Ledger } from './ledger.ts';
import type { LifePlan } from './plan.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const IDEMPOTENT = new Set([...SAFE, 'PUT', 'DELETE']);
const REPEATABLE = new Set(['string', 'bytes', 'array', 'params', 'blob', 'form']);
const CUT_SHORT = new Set(['stall', 'cut', 'fin', 'resetLate', 'wrongLength']);

/** The behaviours that end in these statuses. */
const DECLINING: ReadonlyMap<number, string> = new Map([
	[408, 'timeOut'],
	[417, 'failExpectation'],
	[421, 'misdirect'],
]);

/** Right bytes or a typed error; what was not sent was not seen; nothing was seen more often than allowed. */
export function checkExchange(exchange: Exchange, ledger: Ledger): void {
	const { plan, outcome } = exchange;
	const violate = (invariant: string, text: string): void => ledger.violate(invariant, text, plan.id);
	if (outcome.state === 'pending') return violate('settles', `${plan.call} has not settled`);
	const arrivals = ledger.arrivals(plan.id);
	const acted = arrivals.filter(({ isActedOn }) => isActedOn).length;
	const isHTTP2 = arrivals.at(-1)?.version === 'HTTP/2';
	const most = mostArrivals(plan, ledger.plan);
	if (acted > most) violate('twice', `Servers acted on ${plan.method} ${acted} times`);
	for (const path of exchange.wrongPushes) violate('bytes', `The content of the push ${path} is wrong`);
	const { answer } = plan;
	const isEmpty = plan.method === 'HEAD' || [204, 304].includes(answer.status);
	const sent = isEmpty ? new Uint8Array(0) : encodedContent(plan.id, answer);
	const declared = sent.length + (answer.behaviour === 'wrongLength' ? 5 : 0);
	const isTooLong = isRead(plan) && isLonger(Math.max(declared, isEmpty ? 0 : answer.length), ledger.plan.bodyLimit);
	if (outcome.state === 'failed') {
		const { error } = outcome;
		// One with a cause could not be stored.
		if (error instanceof BodyLimitError && error.cause === undefined && !isTooLong)
			violate('limits', 'The content does not exceed limits.body');
		if (ledger.plan.calm) violate('succeeds', `Failed although nothing went wrong: ${describe(error)}`);
		if (!(error instanceof HyperError) && !(error instanceof PlannedError))
			violate('typed', `Untyped: ${describe(error)}`);
		if (error instanceof HyperError && error.retryable && acted > 0) {
			violate('not sent', `A server acted on a request that is retryable: ${describe(error)}`);
		}
		return;
	}
	const isDeclined = DECLINING.get(outcome.status) ?? null;
	if (acted === 0 && isDeclined === null) violate('bytes', 'An answer without a request');
	if (answer.behaviour === 'garbage') return;
	if (isDeclined === answer.behaviour) {
		const isFinal = outcome.status === 408 && (isHTTP2 || arrivals.at(-1)?.isReused !== true);
		if (!isFinal && arrivals.length === 1 && isSteady(ledger.plan) && canBeSentAgain(plan))
			violate('again', `${outcome.status} was delivered, although the request could be sent again`);
		return;
	}
	// A server may say so about an idle connection on which a request has arrived meanwhile.
	if (outcome.status === 408 && !isHTTP2 && ledger.plan.serverIdle > 0) return;
	if (outcome.status !== answer.status || outcome.id !== String(plan.id)) {
		violate('bytes', `Got status ${outcome.status} of exchange ${outcome.id}, not ${answer.status}`);
	}
	if (outcome.content === null) return;
	const isRaw = plan.call === 'dispatch' || plan.read === 'raw';
	const expected = isRaw || isEmpty ? sent : contentOf(plan.id, answer.length);
	if (isRead(plan) && isLonger(outcome.content.length, ledger.plan.bodyLimit)) {
		violate('limits', `Read ${outcome.content.length} bytes where limits.body is ${ledger.plan.bodyLimit}`);
	}
	// The end of the connection ends such a response, whatever ended the connection.
	const mayBeCut = !isHTTP2 && answer.framing === 'close';
	if (mayBeCut) {
		if (Buffer.compare(expected.subarray(0, outcome.content.length), outcome.content) !== 0)
			violate('bytes', 'Wrong content');
		return;
	}
	if (Buffer.compare(expected, outcome.content) !== 0) {
		violate('bytes', `Got ${outcome.content.length} bytes of content, or others than the ${expected.length} sent`);
	}
	const isCut =
		CUT_SHORT.has(answer.behaviour) &&
		(answer.behaviour !== 'wrongLength' || (answer.framing === 'length' && plan.method !== 'CONNECT'));
	if (isCut && sent.length > 0) violate('bytes', `A response with the fault ${answer.behaviour} is complete`);
	const hasTrailers = answer.trailers && !isEmpty && (isHTTP2 || answer.framing === 'chunked');
	if (outcome.trailers !== null && outcome.trailers !== hasTrailers) violate('bytes', `Trailers: ${outcome.trailers}`);
}

/** Whether nothing but the statuses of DECLINING can be why a request is sent again, and a connection can be opened for it. */
function isSteady({ faults, serverIdle, route, exchanges }: LifePlan): boolean {
	const harmless = ['answer', 'early', ...DECLINING.values()];
	const isHarmless = exchanges.every(({ answer }) => harmless.includes(answer.behaviour));
	return isHarmless && faults.length === 0 && serverIdle === 0 && route !== 'streams';
}

function canBeSentAgain({ call, upload }: ExchangePlan): boolean {
	return call !== 'manual' && (upload === null || REPEATABLE.has(upload.kind));
}

/** Whether the whole body is read at once, which limits.body bounds. */
function isRead({ call, read }: ExchangePlan): boolean {
	return call !== 'dispatch' && (read === 'bytes' || read === 'text' || read === 'trailers');
}

function isLonger(length: number, limit: number): boolean {
	return limit > 0 && length > limit;
}

/** How often servers may act on a request: RFC 9110 §9.2.2, and MAX_REPLAYS. */
function mostArrivals({ method }: ExchangePlan, { h2c }: LifePlan): number {
	if (!IDEMPOTENT.has(method)) return 1;
	// An offer that is declined does not count.
	return h2c === 'upgrade' && SAFE.has(method) ? 3 : 2;
}

/** Everything that the application gave away is released. */
export function checkReleased({ source, controller, plan }: Exchange, ledger: Ledger): void {
	if (source !== null && !source.isReleased) ledger.violate('left', 'The source of the body is not released', plan.id);
	const listeners = getEventListeners(controller.signal, 'abort').length;
	if (listeners > 0) ledger.violate('left', `${listeners} listeners are left on the signal`, plan.id);
}

export function describe(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const { code = '' } = error as { code?: string };
	return `${error.name} ${code} ${error.message}${error instanceof HyperError ? '' : `\n${error.stack}`}`;
}
