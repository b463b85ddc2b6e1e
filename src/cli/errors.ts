// Errors that the command line itself throws. All others come from the package, or are bugs.

/** Invalid arguments. The message is shown to the user. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

/** A file or a standard stream could not be read or written. The message names it. */
export class FileError extends Error {
	override readonly name = 'FileError';

	constructor(action: 'read' | 'write to', file: string, cause: Error) {
		super(`cannot ${action} ${file}: ${cause.message}`, { cause });
	}
}

/** A response that does not fit the request: an invalid redirect, or a different range. */
export class ResponseError extends Error {
	override readonly name = 'ResponseError';
}
