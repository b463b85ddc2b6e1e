// What a connection is whichever version of HTTP it speaks: it has an origin, takes requests piece by piece, and is closed.

import { LocalProtocolError } from '../base/errors.ts';
import type { Origin } from '../net/origin.ts';
import { RequestHandle } from './request-handle.ts';

export abstract class ConnectionBase {
	/** @internal */
	protected readonly origin: Origin;
	#lastHandle: RequestHandle | null = null;

	constructor(origin: Origin) {
		this.origin = origin;
	}

	get host(): string {
		return this.origin.host;
	}

	get port(): number {
		return this.origin.port;
	}

	get secure(): boolean {
		return this.origin.secure;
	}

	/** Begins a request piece by piece; nothing is sent before `endHeaders`. */
	putRequest(method: string, path: string): RequestHandle {
		this.#lastHandle = new RequestHandle(method, path);
		return this.#lastHandle;
	}

	/** Adds a field; without a handle, to the request of the last `putRequest`. */
	putHeader(name: string, value: string, handle: RequestHandle = this.lastHandle()): void {
		handle.putHeader(name, value);
	}

	abstract close(): Promise<void>;

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** @internal */
	protected lastHandle(): RequestHandle {
		if (this.#lastHandle !== null) return this.#lastHandle;
		throw new LocalProtocolError('Cannot go on with a request: putRequest was not called');
	}
}
