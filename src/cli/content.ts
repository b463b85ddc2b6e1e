// Builds the body of a request from the items of the command line and the files that they name.

import { openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { RequestBodyInit } from '../index.ts';
import type { ContentArguments } from './arguments.ts';
import { FileError } from './errors.ts';
import type { Datum, FileReference, FileUpload } from './items.ts';

export interface CommandBody {
	/** null: no body. */
	body: RequestBodyInit | null;
	/** null: no content-type, or the body brings its own. */
	type: string | null;
	/** The body can be read only once, so it cannot be sent again. */
	once: boolean;
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded; charset=utf-8';

/** Throws FileError for a file that cannot be read or does not hold what its item needs. */
export async function openCommandBody(
	content: ContentArguments,
	stdin: Readable = process.stdin,
): Promise<CommandBody> {
	switch (content.kind) {
		case 'none':
			return { body: null, type: null, once: false };
		case 'json':
			return { body: await jsonObject(content.data, stdin), type: JSON_TYPE, once: false };
		case 'form':
			return openForm(content.data, stdin);
		case 'file':
			return openFile(content.upload, content.form, stdin);
	}
}

/** The last of several members with the same name wins. */
async function jsonObject(data: readonly Datum[], stdin: Readable): Promise<string> {
	const members = new Map<string, string>();
	for (const datum of data) {
		if ('upload' in datum) continue;
		members.set(datum.name, 'json' in datum ? await readJSON(datum.json, stdin) : await quoteText(datum.text, stdin));
	}
	return `{${Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

async function quoteText(text: string | FileReference, stdin: Readable): Promise<string> {
	return JSON.stringify(await readText(text, stdin));
}

async function openForm(data: readonly Datum[], stdin: Readable): Promise<CommandBody> {
	const fields: [name: string, value: string | File][] = [];
	for (const datum of data) {
		if ('upload' in datum) fields.push([datum.name, await openUpload(datum.upload, stdin)]);
		else fields.push([datum.name, await formValue(datum, stdin)]);
	}
	if (!fields.some(([, value]) => value instanceof File)) {
		const body = new URLSearchParams(fields as [string, string][]).toString();
		return { body, type: FORM_TYPE, once: false };
	}
	const form = new FormData();
	for (const [name, value] of fields) form.append(name, value);
	return { body: form, type: null, once: false };
}

/** A JSON string becomes its text, any other value its JSON. */
async function formValue(datum: Exclude<Datum, { upload: FileUpload }>, stdin: Readable): Promise<string> {
	if ('text' in datum) return readText(datum.text, stdin);
	const json = await readJSON(datum.json, stdin);
	return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

async function openUpload({ file, type }: FileUpload, stdin: Readable): Promise<File> {
	const blob = file === '-' ? new Blob([await readInput(file, stdin)]) : await openBlob(file);
	const known = type ?? (await typeByName(file)) ?? 'application/octet-stream';
	return new File([blob], file === '-' ? 'stdin' : basename(file), { type: known });
}

/** Opens a file as the whole body; standard input is streamed. */
async function openFile({ file, type }: FileUpload, form: boolean, stdin: Readable): Promise<CommandBody> {
	const fallback = form ? FORM_TYPE : file === '-' ? JSON_TYPE : 'application/octet-stream';
	const known = type ?? (form ? null : await typeByName(file)) ?? fallback;
	if (file === '-') return { body: stdin, type: known, once: true };
	return { body: await openBlob(file), type: known, once: false };
}

async function typeByName(file: string): Promise<string | null> {
	const { default: mime } = await import('mime');
	return mime.getType(file);
}

async function readJSON(json: string | FileReference, stdin: Readable): Promise<string> {
	if (typeof json === 'string') return json;
	const text = (await readText(json, stdin)).trim();
	try {
		JSON.parse(text);
	} catch (error) {
		throw new FileError('read', json.file, new Error(`it is not JSON: ${(error as Error).message}`));
	}
	return text;
}

async function readText(text: string | FileReference, stdin: Readable): Promise<string> {
	if (typeof text === 'string') return text;
	const bytes = await readInput(text.file, stdin);
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		throw new FileError(
			'read',
			text.file,
			new Error('it is not UTF-8; use name@FILE with --form or @FILE to send other bytes'),
		);
	}
}

/** Reads a file, or standard input for `-`. Throws FileError. */
export async function readInput(file: string, stdin: Readable = process.stdin): Promise<Uint8Array<ArrayBuffer>> {
	try {
		return file === '-' ? Buffer.concat(await stdin.toArray()) : await readFile(expandHome(file));
	} catch (error) {
		throw new FileError('read', file === '-' ? 'standard input' : file, error as Error);
	}
}

/** A regular file is read while it is sent. Others, such as pipes, are read first, because a Blob needs a length. */
async function openBlob(file: string): Promise<Blob> {
	const path = expandHome(file);
	try {
		if ((await stat(path)).isFile()) return await openAsBlob(path);
	} catch (error) {
		throw new FileError('read', file, error as Error);
	}
	return new Blob([await readInput(file)]);
}

/** The shell does not expand a tilde that follows a separator. */
function expandHome(file: string): string {
	return file.startsWith('~/') ? join(homedir(), file.slice(2)) : file;
}
