// The errors of a body that is larger than `limits.body` or than memory. Called by the two buffers of content.

import { BodyLimitError } from '../base/errors.ts';

/** The error of a body with more than `limit` bytes. */
export function bodyTooLarge(limit: number): BodyLimitError {
	return new BodyLimitError(`The body exceeds limits.body, ${limit} bytes; read it piece by piece`);
}

/** The error for a failure to store content: a RangeError says that the platform cannot allocate the memory. */
export function storingError(cause: unknown): unknown {
	if (!(cause instanceof RangeError)) return cause;
	return new BodyLimitError(`The body does not fit into memory: ${cause.message}`, { cause });
}
