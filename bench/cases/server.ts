// Shared by the cases with a server: nghttpd on the servers' core, over TLS and in plaintext.

import { findProgram } from '../../test/support/servers/program.ts';
import { addBigDocument, documentLength, isInstalled, startServer } from '../../test/support/servers.ts';
import type { Case, Rival } from '../case.ts';
import { ownPackageMissing } from '../rivals.ts';
import type { ServerConfig } from '../worker.ts';

export const ours: Rival = { name: 'ours', program: 'ours', missing: ownPackageMissing };
export const canned: Rival = { name: 'canned', program: 'canned' };
export const nodeHttp2: Rival = { name: 'node:http2', program: 'node-http2' };
export const undici: Rival = { name: 'undici', program: 'undici' };
export const h2load: Rival = {
	name: 'h2load',
	program: 'h2load',
	missing: () => (findProgram('h2load') === null ? 'h2load is not installed' : null),
};

interface Work {
	/** The name of a document of the test servers. */
	document: string;
	concurrency: number;
	upload?: boolean;
	/** As in ServerOptions. The default is nghttpd's 64 KiB. */
	windowBits?: number;
}

/** Returns the `open` of a case that runs against nghttpd. */
export function againstNghttpd(secure: boolean, { document, concurrency, upload, windowBits }: Work): Case['open'] {
	return async ({ serverPrefix }) => {
		if (!isInstalled('nghttpd')) throw new Error('nghttpd is not installed');
		const bigFile = upload || document === 'big-100m' ? addBigDocument() : null;
		const server = await startServer('nghttpd', {
			commandPrefix: serverPrefix,
			...(windowBits === undefined ? {} : { windowBits }),
		});
		const config: ServerConfig = {
			port: secure ? server.tls.port : server.clear.port,
			ca: secure ? server.certificates.ca : null,
			path: `/${document}`,
			length: documentLength(document),
			concurrency,
			...(upload && bigFile !== null ? { upload: { file: bigFile, length: documentLength('big-100m') } } : {}),
		};
		return { config: { ...config }, close: () => server.stop() };
	};
}

/** The two variants of every case with a server. */
export const ways: readonly { name: string; secure: boolean }[] = [
	{ name: 'TLS', secure: true },
	{ name: 'h2c', secure: false },
];
