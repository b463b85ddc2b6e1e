// What the command line itself finds wrong; the rest comes from the package, or is a mistake of ours.

/** Arguments that cannot be understood; the message is for the person who typed them. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

/** A file or stream of the command line could not be read or written; the message names it. */
export class FileError extends Error {
	override readonly name = 'FileError';

	constructor(action: 'read' | 'write to', file: string, cause: Error) {
		super(`cannot ${action} ${file}: ${cause.message}`, { cause });
	}
}

/** A response that does not fit what was asked for: a redirect to nowhere, or a range that is another one. */
export class ResponseError extends Error {
	override readonly name = 'ResponseError';
}
