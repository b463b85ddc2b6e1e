// The options of the command line in one table, from which arguments are parsed and the help is formatted.

export interface OptionDescription {
	type: 'boolean' | 'string';
	short?: string;
	group: 'Protocol' | 'Request' | 'Response' | 'Debugging' | 'TLS and proxies' | 'Other';
	/** The name of a `string` option's value in the help. */
	value?: string;
	help: string;
}

export const OPTIONS = {
	h2: {
		type: 'boolean',
		group: 'Protocol',
		help: 'use HTTP/2 without negotiation: prior knowledge over http://, whatever ALPN selects over https://',
	},
	'http1.1': {
		type: 'boolean',
		group: 'Protocol',
		help: 'use HTTP/1.1 only',
	},
	h2c: {
		type: 'string',
		group: 'Protocol',
		value: 'HOW',
		help: 'use HTTP/2 over http:// too: "upgrade" (the default) offers it, "prior-knowledge" speaks it at once',
	},
	form: {
		type: 'boolean',
		short: 'f',
		group: 'Request',
		help: 'send data items as a form: urlencoded, or multipart if one of them is a file',
	},
	auth: {
		type: 'string',
		short: 'a',
		group: 'Request',
		value: 'USER:PASSWORD',
		help: 'send Basic credentials; "USER:" has an empty password',
	},
	follow: {
		type: 'boolean',
		short: 'F',
		group: 'Request',
		help: 'follow up to 20 redirects; credentials and the client certificate are only sent to their own origin',
	},
	timeout: {
		type: 'string',
		group: 'Request',
		value: 'SECONDS',
		help: 'limit for connecting, for the response and for each pause in its body; 0 means no limit',
	},
	output: {
		type: 'string',
		short: 'o',
		group: 'Response',
		value: 'FILE',
		help: 'write the body to FILE, with a progress bar on a terminal; "-" means standard output',
	},
	continue: {
		type: 'boolean',
		short: 'c',
		group: 'Response',
		help: 'resume a download: request what is missing from FILE of --output',
	},
	headers: {
		type: 'boolean',
		group: 'Response',
		help: 'write response heads and trailers to standard error',
	},
	verbose: {
		type: 'boolean',
		short: 'v',
		group: 'Response',
		help: 'write request heads, response heads and trailers to standard error',
	},
	'check-status': {
		type: 'boolean',
		group: 'Response',
		help: 'exit with 4 if the status is 400 to 499, with 5 if it is 500 or above',
	},
	debug: {
		type: 'boolean',
		group: 'Debugging',
		help: 'log connections and requests to standard error',
	},
	trace: {
		type: 'boolean',
		group: 'Debugging',
		help: 'write every HTTP/2 frame to standard error, one per line',
	},
	cacert: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'FILE',
		help: 'trust only the CA certificates in this PEM file',
	},
	insecure: {
		type: 'boolean',
		group: 'TLS and proxies',
		help: 'accept any certificate',
	},
	cert: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'FILE',
		help: 'PEM file with the client certificate, and possibly its key',
	},
	key: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'FILE',
		help: 'PEM file with the key of the client certificate',
	},
	pass: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'PHRASE',
		help: 'passphrase of the key',
	},
	proxy: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'URL',
		help: 'use this proxy: http(s)://[USER:PASSWORD@]HOST[:PORT]',
	},
	help: {
		type: 'boolean',
		short: 'h',
		group: 'Other',
		help: 'show this text',
	},
	version: {
		type: 'boolean',
		group: 'Other',
		help: 'show the version',
	},
} as const;

const ITEM = 'write an item after the URL:';

/** What to write instead of options of curl and HTTPie, without their hyphens. */
export const FOREIGN_OPTIONS: Readonly<Record<string, string>> = {
	L: 'write --follow',
	location: 'write --follow',
	redirect: 'write --follow',
	'max-redirs': 'write --follow, which follows 20 redirects at the most',
	k: 'write --insecure',
	verify: 'write --insecure to accept any certificate, or --cacert FILE',
	X: 'write the method before the URL',
	request: 'write the method before the URL',
	I: 'write HEAD before the URL',
	head: 'write HEAD before the URL',
	G: 'write GET before the URL, and name==value items for the query',
	get: 'write GET before the URL, and name==value items for the query',
	H: `${ITEM} Name:value`,
	header: `${ITEM} Name:value, or --headers to see those of the response`,
	A: `${ITEM} User-Agent:value`,
	'user-agent': `${ITEM} User-Agent:value`,
	b: `${ITEM} Cookie:name=value`,
	cookie: `${ITEM} Cookie:name=value`,
	e: `${ITEM} Referer:value`,
	d: `${ITEM} name=value, or @FILE for the whole body`,
	data: `${ITEM} name=value, or @FILE for the whole body`,
	'data-binary': `${ITEM} @FILE`,
	'data-urlencode': 'write --form, and name=value items',
	T: `${ITEM} @FILE`,
	'upload-file': `${ITEM} @FILE`,
	j: 'leave it out: data items are sent as JSON unless there is --form',
	json: 'leave it out: data items are sent as JSON unless there is --form',
	multipart: 'write --form, and name@FILE items',
	u: 'write --auth USER:PASSWORD',
	user: 'write --auth USER:PASSWORD',
	x: 'write --proxy URL',
	i: 'write --headers',
	include: 'write --headers',
	m: 'write --timeout SECONDS',
	'max-time': 'write --timeout SECONDS',
	'connect-timeout': 'write --timeout SECONDS',
	http2: 'write --h2c=upgrade for http://; https:// chooses HTTP/2 by itself',
	'http2-prior-knowledge': 'write --h2c=prior-knowledge',
	http1: 'write --http1.1',
	'http1.0': 'write --http1.1',
	O: 'write --output FILE',
	'remote-name': 'write --output FILE',
	download: 'write --output FILE',
	C: 'write --continue',
	E: 'write --cert FILE',
	'cert-key': 'write --key FILE',
	'trace-ascii': 'write --trace',
	V: 'write --version',
};
