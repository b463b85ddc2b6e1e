// Types for the parts of workerd that workerd.ts uses.

declare module 'cloudflare:sockets' {
	export interface Socket {
		readonly readable: ReadableStream<Uint8Array>;
		readonly writable: WritableStream<Uint8Array>;
		/** Settles when the connection, including TLS with `secureTransport: 'on'`, is open or has failed. */
		readonly opened: Promise<unknown>;
		readonly closed: Promise<void>;
		close(): Promise<void>;
		startTls(options?: { expectedServerHostname?: string }): Socket;
	}

	export function connect(
		address: { hostname: string; port: number },
		options?: { secureTransport?: 'on' | 'off' | 'starttls'; allowHalfOpen?: boolean; highWaterMark?: number },
	): Socket;
}

/** Two WebSockets, connected with each other. */
declare class WebSocketPair {
	readonly 0: WebSocket;
	readonly 1: WebSocket;
}
