// Formats the text of `hyper --help`, 80 columns wide, with every option of the table.

import { OPTIONS, type OptionDescription } from './options.ts';

const WIDTH = 80;
const INDENT = 26;

export function formatHelp(): string {
	return [INTRODUCTION, ...optionGroups(), CONCLUSION].join('\n\n');
}

const INTRODUCTION = `Usage: hyper [OPTION ...] [METHOD] URL [ITEM ...]

Sends one request, over HTTP/2 if the server supports it, otherwise over
HTTP/1.1. Writes the decoded body of the response to standard output and
everything else to standard error.

METHOD  defaults to GET, or to POST if there is data
URL     defaults to https://; ":8080/path" is on localhost

ITEM    any number of these:
  Name:value       header field; ":authority:value" replaces a pseudo-header
                   field
  Name:            removes a header field, also one that is sent by default
  Name;            header field with an empty value
  name==value      query parameter, appended to the query of the URL
  name=value       string member of the JSON object that is sent as the body
  name:=json       number, boolean, array or any other JSON value
  name=@FILE       string member with the text of a file
  name:=@FILE      JSON member from a file
  name@FILE        file of a form (--form); "name@FILE;type=text/csv" sets its
                   type
  @FILE            file that is sent as the whole body; "@-" is standard input
The first separator decides: "url=http://a" is data. A backslash escapes a
separator: "a\\:b=c". Write items that begin with a hyphen after "--".`;

const CONCLUSION = `Exit status:
  0    a complete response was received, whatever its status
  1    no response, an incomplete one, or one that could not be written
  2    invalid arguments
  4    with --check-status: the status was 400 to 499
  5    with --check-status: the status was 500 or above
  130  interrupted by Ctrl-C; a partial file is kept for --continue

Environment:
  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY
                  proxy to use, unless --proxy is given
  NO_PROXY        hosts to reach without a proxy
  SSLKEYLOGFILE   file to append the keys of TLS connections to
  NODE_DEBUG      if it contains "hyper", logs to standard error, with frames
  NO_COLOR        disables colours; FORCE_COLOR enables them without a terminal

Examples:
  hyper nghttp2.org/httpbin/get
  hyper example.com/search q=='a b' Accept:text/html
  hyper PUT example.com/users/1 name=Ada age:=36 Authorization:'Bearer x'
  hyper --form example.com/upload title=Report report@report.pdf
  hyper -o image.iso --continue --follow example.com/image.iso
  echo '[1, 2]' | hyper example.com/list @-
  hyper --h2 --trace http://localhost:8080/ >/dev/null`;

function optionGroups(): string[] {
	const groups = new Map<string, string[]>();
	for (const [name, option] of Object.entries<OptionDescription>(OPTIONS)) {
		const lines = groups.get(option.group) ?? [];
		groups.set(option.group, [...lines, ...optionLines(name, option)]);
	}
	return Array.from(groups, ([group, lines]) => [`${group}:`, ...lines].join('\n'));
}

function optionLines(name: string, { short, value, help }: OptionDescription): string[] {
	const names = `${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`;
	const text = wrap(help, WIDTH - INDENT);
	const left = `  ${names}`;
	const head = left.length + 2 <= INDENT ? [left.padEnd(INDENT) + (text.shift() ?? '')] : [left];
	return [...head, ...text.map((line) => ' '.repeat(INDENT) + line)];
}

function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && line.length + 1 + word.length > width) {
			lines.push(line);
			line = '';
		}
		line = line === '' ? word : `${line} ${word}`;
	}
	return [...lines, line];
}
