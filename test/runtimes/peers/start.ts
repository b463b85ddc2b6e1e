// Starts the peers of the exchanges. They run in the process of the test, until its end; to try a runtime by hand, run this
// file: it prints the argument of program.ts and serves until it is interrupted.
//
//     node --conditions=hyper-wasm-source --import tsx test/runtimes/peers/start.ts

import { mkdtempSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';
import { testCertificates } from '../../support/certificates.ts';
import { forwardProxy } from '../../support/forward-proxy.ts';
import { freePort, listen } from '../../support/loopback.ts';
import { removeAtExit } from '../../support/servers/program.ts';
import { answer } from './origin.ts';
import type { Peers } from './peers.ts';
import { startScripts11 } from './script11.ts';
import { startScripts20 } from './script20.ts';

export async function startPeers(): Promise<Peers> {
	const { ca, cert, key, otherCa, clientCert, clientKey, encryptedClientKey } = await testCertificates();
	const secure = { cert, key, allowHTTP1: true };
	const mutual = { ...secure, ca, requestCert: true, rejectUnauthorized: true };
	const http1Port = await listen(http.createServer(answer));
	const http2Port = await listen(http2.createServer(answer));
	const withoutALPN = (port: number): Promise<number> =>
		listen(tls.createServer({ cert, key }, (socket) => forward(socket, port)));
	const credentials = 'user:password';
	const folder = mkdtempSync(join(tmpdir(), 'hyper-runtimes-'));
	removeAtExit(folder);
	return {
		http1: http1Port,
		http2: http2Port,
		http2Few: await listen(http2.createServer({ settings: { maxConcurrentStreams: 5 } }, answer)),
		tls: await listen(http2.createSecureServer(secure, answer)),
		tlsWithoutALPN1: await withoutALPN(http1Port),
		tlsWithoutALPN2: await withoutALPN(http2Port),
		mutual: await listen(http2.createSecureServer(mutual, answer)),
		unix1: await listenAt(join(folder, 'http1'), http.createServer(answer)),
		unix2: await listenAt(join(folder, 'http2'), http2.createServer(answer)),
		script1: await startScripts11(),
		script2: await startScripts20(),
		proxy: (await forwardProxy({ credentials })).port,
		proxyTLS: (await forwardProxy({ credentials, secure: true })).port,
		silent: await listen(net.createServer()),
		closed: await freePort(),
		...{ ca, otherCa, clientCert, clientKey, encryptedClientKey },
	};
}

/** Node's HTTP/2 servers do not accept TLS without ALPN. */
function forward(socket: tls.TLSSocket, port: number): void {
	const onward = net.connect(port, '127.0.0.1');
	onward.on('error', () => socket.destroy());
	socket.on('error', () => onward.destroy());
	socket.pipe(onward).pipe(socket);
}

function listenAt(path: string, server: net.Server): Promise<string> {
	server.unref();
	return new Promise((resolve) => server.listen(path, () => resolve(path)));
}

if (import.meta.url === pathToFileURL(process.argv[1] as string).href) console.log(JSON.stringify(await startPeers()));
