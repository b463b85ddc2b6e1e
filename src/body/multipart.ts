// Encodes FormData as multipart/form-data: the algorithm of the HTML Standard, "multipart form data", over RFC 7578.
// Leaf; used by body.ts alone. The platform's own encoder gives a stream of unknown length; here the length is known.

/** The pieces of the body in their order, files as the Blobs that they are. */
export function encodeMultipart(form: FormData): { parts: (Uint8Array | Blob)[]; contentType: string } {
	// Whoever could guess the boundary could add fields to the form from within a value.
	const boundary = `hyper-${crypto.randomUUID()}`;
	const parts: (Uint8Array | Blob)[] = [];
	let text = '';
	for (const [name, value] of form) {
		text += `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withCRLF(name))}"`;
		if (typeof value === 'string') {
			text += `\r\n\r\n${withCRLF(value)}\r\n`;
			continue;
		}
		text += `; filename="${escapeName(value.name)}"\r\nContent-Type: ${mediaType(value)}\r\n\r\n`;
		parts.push(encoder.encode(text), value);
		text = '\r\n';
	}
	parts.push(encoder.encode(`${text}--${boundary}--\r\n`));
	return { parts, contentType: `multipart/form-data; boundary=${boundary}` };
}

const encoder = new TextEncoder();

/** HTML: every lone CR and every lone LF of names and of values that are not files becomes CR LF. */
function withCRLF(text: string): string {
	return text.replace(/\r\n|\r|\n/g, '\r\n');
}

/** HTML: "0x0A (LF) with `%0A`, 0x0D (CR) with `%0D`, and 0x22 (") with `%22`". */
function escapeName(name: string): string {
	return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

/** A Blob that is not the platform's own may have any text as its type, line breaks too. */
function mediaType(file: Blob): string {
	return /^[\x20-\x7e]+$/.test(file.type) ? file.type : 'application/octet-stream';
}
