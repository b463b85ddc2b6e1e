// What a terminal supports, and escaping for text that is written to it.

export interface Terminal {
	isTTY?: boolean;
}

export interface Style {
	/** Control characters must be escaped. */
	terminal: boolean;
	color: boolean;
}

/** NO_COLOR takes precedence over FORCE_COLOR, and both over what the stream is. */
export function styleOf(stream: Terminal, env: Readonly<Record<string, string | undefined>>): Style {
	const terminal = stream.isTTY === true;
	return { terminal, color: !env.NO_COLOR && (Boolean(env.FORCE_COLOR) || (terminal && env.TERM !== 'dumb')) };
}

/** Whether a line can be redrawn. */
export function canRedraw(stream: Terminal, env: Readonly<Record<string, string | undefined>>): boolean {
	return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Decodes a string with one character per byte as UTF-8. Returns it unchanged if it is not valid UTF-8. */
export function decodeBytes(bytes: string): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
	} catch {
		return bytes;
	}
}
