// What a terminal can do, and text that does nothing to it.

export interface Terminal {
	isTTY?: boolean;
}

export interface Style {
	/** Control characters are escaped. */
	terminal: boolean;
	color: boolean;
}

/** NO_COLOR wins over FORCE_COLOR, and both over what the stream is. */
export function styleOf(stream: Terminal, env: Readonly<Record<string, string | undefined>>): Style {
	const terminal = stream.isTTY === true;
	return { terminal, color: !env.NO_COLOR && (Boolean(env.FORCE_COLOR) || (terminal && env.TERM !== 'dumb')) };
}

/** Whether a line can be drawn again and again. */
export function canRedraw(stream: Terminal, env: Readonly<Record<string, string | undefined>>): boolean {
	return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Control characters, and those that change the direction of text, as escapes. */
export function escapeControls(text: string): string {
	return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (char) => {
		const code = char.charCodeAt(0);
		return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
	});
}

/** Octets as text, one char each, are UTF-8 if they can be; else they stay. */
export function decodeOctets(octets: string): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'));
	} catch {
		return octets;
	}
}
