// A request as the caller made it, ready to be sent, and to be sent again where that is possible.

import type { RequestBody } from '../body/request-body.ts';
import type { HTTPHeaderMap } from '../fields/header-map.ts';
import {
	checkContentLength,
	openContent,
	priorityValue,
	type RequestOptions,
	requiredContentType,
} from '../message/request.ts';
import { type FlatFields, requestFields } from './request-fields.ts';

export interface OutgoingRequest extends FlatFields {
	readonly method: string;
	readonly body: RequestBody | null;
	readonly trailers: RequestOptions['trailers'];
	readonly onInformational: RequestOptions['onInformational'];
	/** Content comes by `send`, not from `body`. */
	readonly manual: boolean;
	/** The server is asked whether it wants the content, before that is sent: RFC 9110 §10.1.1. */
	readonly expectsContinue: boolean;
}

/** Whether the request can be sent a second time whatever happens: its content is still to be had then. */
export function isReplayable({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.replayable);
}

/** Whether it can be sent again now: what was read of its content is still there. */
export function canBeSentAgain({ manual, body }: OutgoingRequest): boolean {
	return !manual && (body === null || body.rereadable);
}

/** TypeError for a method, a field or a body that cannot be one. */
export function createRequest(
	method: string,
	scheme: string,
	authority: string,
	path: string,
	options: RequestOptions,
): OutgoingRequest {
	const verb = method.toUpperCase();
	const content = openContent(verb, options);
	const { fields, neverIndexed } = requestFields(verb, scheme, authority, path, options.headers, content.length);
	const contentType = requiredContentType(content);
	if (contentType !== null) addMissing(fields, 'content-type', contentType);
	const priority = options.priority === undefined ? null : priorityValue(options.priority);
	if (priority !== null) addMissing(fields, 'priority', priority);
	checkContentLength(fields, content);
	return {
		method: verb,
		fields,
		neverIndexed,
		body: content.body,
		trailers: options.trailers,
		onInformational: options.onInformational,
		manual: false,
		expectsContinue: options.headers !== undefined && content.body !== null && expectsContinue(fields),
	};
}

/** A request whose content is sent by hand. */
export function createManualRequest(
	method: string,
	scheme: string,
	authority: string,
	path: string,
	headers: HTTPHeaderMap,
): OutgoingRequest {
	const verb = method.toUpperCase();
	const section = requestFields(verb, scheme, authority, path, headers, null);
	const nothing = { body: null, trailers: undefined, onInformational: undefined };
	return { ...section, ...nothing, method: verb, manual: true, expectsContinue: false };
}

/** What the caller has given stays. */
function addMissing(fields: string[], name: string, value: string): void {
	for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return;
	fields.push(name, value);
}

/** RFC 9110 §10.1.1: expectations are a list, and case-insensitive. */
function expectsContinue(fields: readonly string[]): boolean {
	for (let i = 0; i < fields.length; i += 2) {
		if (fields[i] === 'expect' && /(^|,)\s*100-continue\s*(,|$)/i.test(fields[i + 1] as string)) return true;
	}
	return false;
}
