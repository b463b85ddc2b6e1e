// Every option of the command line in one table, which the arguments are parsed by and the help is written from.

export interface OptionDescription {
	type: 'boolean' | 'string';
	short?: string;
	group: 'Protocol' | 'Request' | 'Response' | 'Diagnosis' | 'TLS and proxies' | 'Other';
	/** What the help calls the value of a `string`. */
	value?: string;
	help: string;
}

export const OPTIONS = {
	h2: {
		type: 'boolean',
		group: 'Protocol',
		help: 'speak HTTP/2 without asking: over http:// with prior knowledge, over https:// whatever ALPN says',
	},
	'http1.1': {
		type: 'boolean',
		group: 'Protocol',
		help: 'speak HTTP/1.1, and ask for nothing else',
	},
	form: {
		type: 'boolean',
		short: 'f',
		group: 'Request',
		help: 'send the data items as a form: urlencoded, or multipart as soon as there is a file among them',
	},
	auth: {
		type: 'string',
		short: 'a',
		group: 'Request',
		value: 'USER:PASSWORD',
		help: 'Basic credentials; "USER:" has an empty password',
	},
	follow: {
		type: 'boolean',
		short: 'F',
		group: 'Request',
		help: 'follow redirects, 20 at the most; credentials and the client certificate stay with their origin',
	},
	timeout: {
		type: 'string',
		group: 'Request',
		value: 'SECONDS',
		help: 'how long to wait for a connection, for an answer, and for more of a body; 0 waits for ever',
	},
	output: {
		type: 'string',
		short: 'o',
		group: 'Response',
		value: 'FILE',
		help: 'write the body to FILE, with a progress bar on a terminal; "-" is standard output',
	},
	continue: {
		type: 'boolean',
		short: 'c',
		group: 'Response',
		help: 'get the rest of what FILE of --output begins with',
	},
	headers: {
		type: 'boolean',
		group: 'Response',
		help: 'write the heads of responses to standard error, and trailers',
	},
	verbose: {
		type: 'boolean',
		short: 'v',
		group: 'Response',
		help: 'write the heads of requests and responses to standard error, and trailers',
	},
	'check-status': {
		type: 'boolean',
		group: 'Response',
		help: 'exit with 4 after a status of 400 to 499, and with 5 after one from 500',
	},
	debug: {
		type: 'boolean',
		group: 'Diagnosis',
		help: 'write to standard error what happens to connections and requests',
	},
	trace: {
		type: 'boolean',
		group: 'Diagnosis',
		help: 'write every frame of HTTP/2 to standard error, a line each; HTTP/1.1 has none',
	},
	cacert: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'FILE',
		help: 'trust the CA certificates of this PEM file, and no others',
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
		help: 'client certificate, in PEM; may contain the key',
	},
	key: {
		type: 'string',
		group: 'TLS and proxies',
		value: 'FILE',
		help: 'key of the client certificate, in PEM',
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
		help: 'go through this proxy: http(s)://[USER:PASSWORD@]HOST[:PORT]',
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
