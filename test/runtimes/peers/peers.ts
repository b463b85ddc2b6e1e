// What exchanges know about their peers: ports on 127.0.0.1, and certificates. Passed to each runtime as JSON. The program
// start.ts starts the peers.

export interface Peers {
	/** The origin in HTTP/1.1, and in HTTP/2 with prior knowledge. */
	readonly http1: number;
	readonly http2: number;
	/** As `http2`, for at most five requests at a time. */
	readonly http2Few: number;
	/** The origin over TLS, which chooses a version by ALPN: HTTP/2 if it is offered. */
	readonly tls: number;
	/** The origin over TLS without ALPN: in HTTP/1.1, and in HTTP/2. */
	readonly tlsWithoutALPN1: number;
	readonly tlsWithoutALPN2: number;
	/** As `tls`, for clients with a certificate of `ca`. */
	readonly mutual: number;
	/** Paths of Unix sockets: the origin in HTTP/1.1, and in HTTP/2. */
	readonly unix1: string;
	readonly unix2: string;
	/** Servers that follow the script which the first segment of the request's path names. */
	readonly script1: number;
	readonly script2: number;
	/** Forward proxies that want `user:password`, which shows that a request came to them; the second one over TLS. */
	readonly proxy: number;
	readonly proxyTLS: number;
	/** Accepts connections and says nothing. */
	readonly silent: number;
	/** Nothing listens. */
	readonly closed: number;
	/** In PEM. The servers' certificate is for localhost, 127.0.0.1 and ::1, and signed by `ca`; `otherCa` signed nothing. */
	readonly ca: string;
	readonly otherCa: string;
	readonly clientCert: string;
	readonly clientKey: string;
	/** `clientKey` encrypted with the passphrase `open sesame`. */
	readonly encryptedClientKey: string;
}
