// Request items: what follows the URL, in the syntax of HTTPie. A separator says what an item is: the first one in the
// text, and the longest of those that begin there. Pure; files are named here and read in content.ts.

import { HTTPHeaderMap } from '../index.ts';
import { UsageError } from './errors.ts';

/** A file by its path as typed; `-` is standard input. */
export interface FileReference {
	file: string;
}

export interface FileUpload extends FileReference {
	/** As typed behind `;type=`; null: what the file's name says. */
	type: string | null;
}

/** A member of the JSON object, or a field of the form. `json` is a JSON text, with its numbers as typed. */
export type Datum =
	| { name: string; text: string | FileReference }
	| { name: string; json: string | FileReference }
	| { name: string; upload: FileUpload };

export interface Items {
	headers: HTTPHeaderMap;
	/** Names, in lower case, of fields that are not to be sent by default either. */
	withheld: Set<string>;
	/** Behind the query of the URL, form-urlencoded; empty without query items. */
	query: string;
	data: Datum[];
	/** A file that is the whole body. */
	body: FileUpload | null;
}

/** Throws UsageError. */
export function parseItems(items: readonly string[]): Items {
	const parsed: Items = { headers: new HTTPHeaderMap(), withheld: new Set(), query: '', data: [], body: null };
	const query = new URLSearchParams();
	for (const item of items) addItem(parsed, query, item);
	parsed.query = query.toString();
	if (parsed.body !== null && parsed.data.length > 0) {
		throw new UsageError(`@${parsed.body.file} is the whole body: there can be no other data`);
	}
	checkStandardInput(parsed);
	return parsed;
}

/** Longer ones before those that they begin with. */
const SEPARATORS = [':=@', ':=', '==', '=@', ':', '=', '@', ';'] as const;

type Separator = (typeof SEPARATORS)[number];

function addItem(parsed: Items, query: URLSearchParams, item: string): void {
	const pseudo = /^(:[a-z]+):(?!=)(.*)$/s.exec(item);
	if (pseudo !== null) return addField(parsed, pseudo[1] as string, pseudo[2] as string);
	const { name, separator, value } = splitItem(item);
	switch (separator) {
		case ':':
			return value === '' ? withhold(parsed, name) : addField(parsed, name, value);
		case ';':
			if (value === '') return addField(parsed, name, '');
			throw new UsageError(`${quote(item)} has text behind its semicolon: "Name;" is a header field without a value`);
		case '==':
			return query.append(name, value);
		case '=':
			return void parsed.data.push({ name, text: value });
		case '=@':
			return void parsed.data.push({ name, text: { file: value } });
		case ':=':
			return void parsed.data.push({ name, json: checkJSON(item, value) });
		case ':=@':
			return void parsed.data.push({ name, json: { file: value } });
		case '@':
			return addUpload(parsed, name, parseUpload(value));
	}
}

/** A backslash takes its meaning from a character of a separator; every other backslash is one. */
function splitItem(item: string): { name: string; separator: Separator; value: string } {
	for (let at = 0; at < item.length; at++) {
		if (isEscape(item, at)) {
			at++;
			continue;
		}
		const separator = SEPARATORS.find((text) => item.startsWith(text, at));
		if (separator === undefined) continue;
		return { name: dropEscapes(item.slice(0, at)), separator, value: dropEscapes(item.slice(at + separator.length)) };
	}
	throw new UsageError(
		`${quote(item)} is not an item: Name:value, name==value, name=value, name:=json, name=@file, name:=@file or name@file`,
	);
}

function isEscape(text: string, at: number): boolean {
	return text[at] === '\\' && /^[:=@;]/.test(text.slice(at + 1));
}

function dropEscapes(text: string): string {
	return text.replace(/\\([:=@;])/g, '$1');
}

function addField({ headers, withheld }: Items, name: string, value: string): void {
	try {
		headers.append(name, octets(value.trim()));
	} catch (error) {
		if (error instanceof TypeError) throw new UsageError(error.message);
		throw error;
	}
	withheld.delete(name.toLowerCase());
}

function withhold({ headers, withheld }: Items, name: string): void {
	if (name === '') throw new UsageError('":" is a header field without a name');
	headers.delete(name);
	withheld.add(name.toLowerCase());
}

function addUpload(parsed: Items, name: string, upload: FileUpload): void {
	if (upload.file === '') throw new UsageError(`${quote(`${name}@`)} names no file`);
	if (name !== '') return void parsed.data.push({ name, upload });
	if (parsed.body !== null)
		throw new UsageError(`@${parsed.body.file} is the whole body: @${upload.file} cannot be too`);
	parsed.body = upload;
}

function parseUpload(value: string): FileUpload {
	const [, file, type] = /^(.*?)(?:;type=([^;]*))?$/s.exec(value) as unknown as [string, string, string | undefined];
	return { file, type: type ?? null };
}

function checkJSON(item: string, value: string): string {
	try {
		JSON.parse(value);
	} catch {
		throw new UsageError(`${quote(item)}: what follows := is not JSON`);
	}
	return value.trim();
}

/** It can be read once. */
function checkStandardInput({ data, body }: Items): void {
	const files = data.map((datum) => {
		if ('upload' in datum) return datum.upload.file;
		const value = 'text' in datum ? datum.text : datum.json;
		return typeof value === 'string' ? null : value.file;
	});
	if (body !== null) files.push(body.file);
	if (files.filter((file) => file === '-').length > 1)
		throw new UsageError('standard input (@-) can be read once only');
}

/** A field value is octets, one char each: those that were typed, which are UTF-8. */
function octets(text: string): string {
	return Buffer.from(text, 'utf8').toString('latin1');
}

function quote(text: string): string {
	return JSON.stringify(text);
}
