// The eight octets of a PING, as the session takes them: two big-endian numbers. RFC 9113 §6.7.

let counter = 0;

/** Octets of the caller, which a string gives as one char each; without them, some that no other PING here has. */
export function parseOpaque(opaque: Uint8Array | string | undefined): [first: number, second: number] {
	if (opaque === undefined) {
		counter = (counter + 1) >>> 0;
		return [0, counter];
	}
	const bytes = typeof opaque === 'string' ? octets(opaque) : opaque;
	if (bytes.length !== 8) throw new RangeError(`PING carries 8 octets, not ${bytes.length}`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
	return [view.getUint32(0), view.getUint32(4)];
}

function octets(text: string): Uint8Array {
	return Uint8Array.from(text, (char) => {
		const code = char.codePointAt(0) as number;
		if (code > 0xff) throw new TypeError('PING carries octets: a char above U+00FF is none');
		return code;
	});
}
