// Formats heads and trailers for the user: one field per line, then an empty line. Bytes are written unchanged, except to a
// terminal.

import picocolors from 'picocolors';
import { escapeControls } from '../base/escape.ts';
import type { HTTPHeaderMap } from '../index.ts';
import { decodeBytes, type Style } from './terminal.ts';

interface RequestHeadParts {
	method: string;
	path: string;
	/** Empty while unknown. */
	version: string;
	authority: string;
	headers: HTTPHeaderMap;
}

export interface ResponseHeadParts {
	status: number;
	reason: string;
	version: string;
	headers: HTTPHeaderMap;
}

export function formatRequestHead(
	{ method, path, version, authority, headers }: RequestHeadParts,
	style: Style,
): Uint8Array {
	const { bold } = picocolors.createColors(style.color);
	const first = `${bold(method)} ${show(path, style)} ${version}`.trimEnd();
	const host = headers.has('host') || headers.has(':authority') ? [] : [fieldLine('host', authority, style)];
	return toLines([first, ...host, ...fieldLines(headers, style)], style);
}

export function formatResponseHead({ status, reason, version, headers }: ResponseHeadParts, style: Style): Uint8Array {
	const colors = picocolors.createColors(style.color);
	const color = [colors.dim, colors.green, colors.cyan, colors.yellow, colors.red][Math.floor(status / 100) - 1];
	const first = `${version} ${colors.bold((color ?? String)(String(status)))} ${show(reason, style)}`.trimEnd();
	return toLines([first, ...fieldLines(headers, style)], style);
}

export function formatTrailers(trailers: HTTPHeaderMap, style: Style): Uint8Array {
	return toLines(fieldLines(trailers, style), style);
}

function fieldLines(headers: HTTPHeaderMap, style: Style): string[] {
	return Array.from(headers.raw(), ([name, value]) => fieldLine(name, value, style));
}

function fieldLine(name: string, value: string, style: Style): string {
	return `${picocolors.createColors(style.color).cyan(name)}: ${show(value, style)}`.trimEnd();
}

function show(bytes: string, { terminal }: Style): string {
	return terminal ? escapeControls(decodeBytes(bytes)) : bytes;
}

function toLines(lines: readonly string[], { terminal }: Style): Uint8Array {
	return Buffer.from(`${lines.join('\n')}\n\n`, terminal ? 'utf8' : 'latin1');
}
