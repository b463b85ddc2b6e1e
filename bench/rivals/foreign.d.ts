// Declares what the benchmarks use of packages that are installed only when benchmarks run.

declare module 'undici' {
	interface ClientOptions {
		allowH2?: boolean;
		connect?: { ca: string };
		pipelining?: number;
		maxConcurrentStreams?: number;
	}
	interface ClientResponse {
		statusCode: number;
		body: { arrayBuffer(): Promise<ArrayBuffer> };
	}
	export class Client {
		constructor(origin: string, options: ClientOptions);
		request(options: { method: string; path: string }): Promise<ClientResponse>;
	}
	export class H2CClient extends Client {}
}

declare module 'hpack.js' {
	interface Field {
		name: string;
		value: string;
	}
	interface Decompressor {
		write(block: Uint8Array): void;
		execute(): void;
		read(): Field | null;
	}
	interface Compressor {
		write(fields: Field[]): void;
		read(): Buffer | null;
		reset(): void;
	}
	const hpack: {
		decompressor: { create(options: { table: { maxSize: number } }): Decompressor };
		compressor: { create(options: { table: { maxSize: number } }): Compressor };
	};
	export default hpack;
}
