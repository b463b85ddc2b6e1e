// Checks the option `tls`. Names that are unknown here are passed on to Node's tls.connect, unless they resemble a known
// name or belong elsewhere.

import {
	anything,
	boolean,
	callback,
	listOfStrings,
	nested,
	type OptionCheck,
	oneOf,
	optionSet,
	string,
} from '../base/options.ts';

/** The options of tls.connect and tls.createSecureContext in Node 20 to 24; Node checks their values. */
const NODE_OPTIONS = [
	'allowPartialTrustChain',
	'ca',
	'cert',
	'checkServerIdentity',
	'ciphers',
	'clientCertEngine',
	'crl',
	'dhparam',
	'ecdhCurve',
	'enableTrace',
	'honorCipherOrder',
	'key',
	'maxVersion',
	'minDHSize',
	'pfx',
	'privateKeyEngine',
	'privateKeyIdentifier',
	'pskCallback',
	'requestOCSP',
	'secureContext',
	'secureOptions',
	'secureProtocol',
	'session',
	'sessionIdContext',
	'sessionTimeout',
	'sigalgs',
	'ticketKeys',
] as const;

const ON_THE_CONNECTION = 'it belongs to the connection, next to tls';

const TLS = optionSet(
	'tls',
	{
		...Object.fromEntries(NODE_OPTIONS.map((name) => [name, anything])),
		passphrase: string,
		servername: string,
		rejectUnauthorized: boolean,
		roots: oneOf('default', 'all'),
		minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
		keylog: callback,
		alpnProtocols: listOfStrings,
	},
	{
		ALPNProtocols: 'write alpnProtocols',
		alpn: 'write alpnProtocols',
		serverName: 'write servername',
		sni: 'write servername',
		hostname: 'write servername for the name to verify',
		verify: 'write rejectUnauthorized',
		insecure: 'write rejectUnauthorized: false',
		strictSSL: 'write rejectUnauthorized',
		caFile: 'read the file, and write ca: its text',
		certFile: 'read the file, and write cert: its text',
		keyFile: 'read the file, and write key: its text',
		password: 'write passphrase',
		...Object.fromEntries(
			['port', 'socketPath', 'lookup', 'family', 'localAddress', 'tcpKeepAlive', 'timeout', 'proxy'].map((name) => [
				name,
				ON_THE_CONNECTION,
			]),
		),
		host: 'the host is the first argument of the connection',
		path: 'write socketPath next to tls',
		socket: 'write transport next to tls',
	},
	{ isOpen: true },
);

export const TLS_NAMES: readonly string[] = [...TLS.checks.keys()];

/** The check of the option `tls`. */
export const tlsOption: OptionCheck = nested(TLS);
