// Checks the options of the methods of a connection, at each call. Request options are in message/request-options.ts.

import { anything, boolean, checkOptions, integer, type OptionSet, optionSet } from '../base/options.ts';

const REQUEST = 'it belongs to request and roundTrip: request(method, path, options)';

const CLOSE: OptionSet = optionSet(
	'close',
	{ errorCode: integer(0, 0xffffffff), drain: boolean },
	{
		code: 'write errorCode',
		graceful: 'write drain',
		force: 'leave it out: close resets open requests unless drain is true',
		timeout: 'leave it out: close settles within a second, or with drain: true once open requests have ended',
	},
);
const PUSHES: OptionSet = optionSet('getPushes', { captureAll: boolean }, { all: 'write captureAll' });
const END_HEADERS: OptionSet = optionSet(
	'endHeaders',
	{ body: anything, final: boolean },
	{
		messageBody: 'write body',
		endStream: 'write final',
		headers: 'write putHeader(name, value) before endHeaders',
		trailers: REQUEST,
		signal: REQUEST,
		priority: REQUEST,
		decodeContent: REQUEST,
		onInformational: REQUEST,
	},
);
const SEND: OptionSet = optionSet('send', { final: boolean }, { endStream: 'write final', end: 'write final' });

export function checkCloseOptions(options: unknown): void {
	checkOptions(options, CLOSE);
}

export function checkPushOptions(options: unknown): void {
	checkOptions(options, PUSHES);
}

export function checkEndHeadersOptions(options: unknown): void {
	checkOptions(options, END_HEADERS);
}

export function checkSendOptions(options: unknown): void {
	checkOptions(options, SEND);
}
