// Parses request items, the arguments after the URL, in the syntax of HTTPie. The first separator in an item decides its
// kind; if several begin at the same place, the longest. Pure: content.ts reads the files that items name.

import { HTTPHeaderMap } from '../index.ts';
import { UsageError } from './errors.ts';

/** A file's path as typed; `-` is standard input. */
export interface FileReference {
	file: string;
}

export interface FileUpload extends FileReference {
	/** As typed after `;type=`; null: derived from the file's name. */
	type: string | null;
}

/** A member of the JSON object, or a field of the form. `json` is JSON text, so numbers keep their digits. */
export type Datum =
	| { name: string; text: string | FileReference }
	| { name: string; json: string | FileReference }
	| { name: string; upload: FileUpload };

export interface Items {
	headers: HTTPHeaderMap;
	/** Lower-case names of default fields that are not sent. */
	withheld: Set<string>;
	/** To be appended to the query of the URL, form-urlencoded; empty without query items. */
	query: string;
	data: Datum[];
	/** A file to send as the whole body. */
	body: FileUpload | null;
}

/** Throws UsageError. */
export function parseItems(items: readonly string[]): Items {
	const parsed: Items = { headers: new HTTPHeaderMap(), withheld: new Set(), query: '', data: [], body: null };
	const query = new URLSearchParams();
	for (const item of items) addItem(parsed, query, item);
	parsed.query = query.toString();
	if (parsed.body !== null && parsed.data.length > 0) {
		throw new UsageError(`@${parsed.body.file} is the whole body and cannot be combined with other data`);
	}
	checkStandardInput(parsed);
	return parsed;
}

/** A separator stands before its own prefixes. */
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
			throw new UsageError(`${quote(item)} has text after the semicolon; "Name;" sends an empty header field`);
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

/** A backslash escapes a character of a separator. Before any other character it is literal. */
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
		`${quote(item)} is not a request item: Name:value, name==value, name=value, name:=json, name=@file, name:=@file or name@file`,
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
		headers.append(name, byteString(value.trim()));
	} catch (error) {
		if (error instanceof TypeError) throw new UsageError(error.message);
		throw error;
	}
	withheld.delete(name.toLowerCase());
}

function withhold({ headers, withheld }: Items, name: string): void {
	if (name === '') throw new UsageError('":" needs the name of a header field');
	headers.delete(name);
	withheld.add(name.toLowerCase());
}

function addUpload(parsed: Items, name: string, upload: FileUpload): void {
	if (upload.file === '') throw new UsageError(`${quote(`${name}@`)} needs the name of a file`);
	if (name !== '') return void parsed.data.push({ name, upload });
	if (parsed.body !== null)
		throw new UsageError(`@${parsed.body.file} is the whole body and cannot be combined with @${upload.file}`);
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
		throw new UsageError(`${quote(item)}: the value after := is not JSON`);
	}
	return value.trim();
}

/** Standard input can be read only once. */
function checkStandardInput({ data, body }: Items): void {
	const files = data.map((datum) => {
		if ('upload' in datum) return datum.upload.file;
		const value = 'text' in datum ? datum.text : datum.json;
		return typeof value === 'string' ? null : value.file;
	});
	if (body !== null) files.push(body.file);
	if (files.filter((file) => file === '-').length > 1)
		throw new UsageError('standard input (@-) can be used only once');
}

/** Field values are strings with one character per byte; typed text becomes its UTF-8 bytes. */
function byteString(text: string): string {
	return Buffer.from(text, 'utf8').toString('latin1');
}

function quote(text: string): string {
	return JSON.stringify(text);
}
