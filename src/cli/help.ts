// The text of `hyper --help`, 80 columns wide, with every option of the table.

import { OPTIONS, type OptionDescription } from './options.ts';

const WIDTH = 80;
const INDENT = 26;

export function formatHelp(): string {
	return [INTRODUCTION, ...optionGroups(), CONCLUSION].join('\n\n');
}

const INTRODUCTION = `Usage: hyper [OPTION ...] [METHOD] URL [ITEM ...]

Sends one request, over HTTP/2 where the server speaks it and over HTTP/1.1
where it does not, and writes the body of the response to standard output,
octet for octet, with content codings undone. Everything else goes to standard
error.

METHOD  GET when it is left out, or POST when there is data
URL     https:// when it has no scheme; ":8080/path" is on localhost

Items, of which any number may follow the URL:
  Name:value       header field; ":authority:value" replaces a pseudo-header
                   field
  Name:            no such field, not even the one that is sent by default
  Name;            header field without a value
  name==value      field of the query, behind that of the URL
  name=value       string, a member of the JSON object that is the body
  name:=json       number, boolean, array or any other JSON
  name=@FILE       string that is the text of a file
  name:=@FILE      JSON that is in a file
  name@FILE        file of a form (--form); "name@FILE;type=text/csv" says what
                   it is
  @FILE            the whole body; "@-" is standard input
The first separator counts: "url=http://a" is data. A backslash before a
character of a separator takes its meaning away: "a\\:b=c". Items that begin with
a hyphen come after "--".`;

const CONCLUSION = `Exit status:
  0    there was a response, whatever its status
  1    there was none, or it broke off, or could not be written
  2    the arguments cannot be understood
  4    with --check-status: the status was from 400 to 499
  5    with --check-status: the status was 500 or more
  130  interrupted by Ctrl-C; a file that was begun stays for --continue

Environment:
  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY
                  the proxy to go through, unless --proxy names one
  NO_PROXY        hosts that are reached without a proxy
  SSLKEYLOGFILE   file to append the keys of TLS connections to
  NODE_DEBUG      with "hyper" in it: the log, frames too, on standard error
  NO_COLOR        no colours; FORCE_COLOR: colours also where no terminal is

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
