// Errors of connections that another error has caused. Separate from errors.ts, all of whose exports are public.

import { ConnectionError, ConnectionResetError } from './errors.ts';

/** Says what failed because of an error that is not one of ours. */
export function connectionErrorOf(what: string, cause: unknown): ConnectionError {
	return new ConnectionError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

/** An exception has interrupted a connection, whose state may be wrong now. */
export function brokenBy(cause: unknown): ConnectionError {
	return connectionErrorOf('Connection was closed after an error', cause);
}

/** Says what the end of the transport has interrupted, and why. */
export function resetErrorOf(message: string, cause: Error | null): ConnectionResetError {
	const text = cause === null ? message : `${message}: ${cause.message}`;
	const errorCode = cause instanceof ConnectionError ? cause.errorCode : null;
	return new ConnectionResetError(text, { cause: cause ?? undefined, errorCode });
}
