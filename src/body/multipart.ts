// Encodes FormData as multipart/form-data (RFC 7578) by the algorithm "multipart form data" of the HTML Standard. Leaf;
// used by request-body.ts. The platform's own encoder returns a stream of unknown length; here the length is known.

/** The parts of the body in order; files stay Blobs. */
export function encodeMultipart(form: FormData): { parts: (Uint8Array | Blob)[]; contentType: string } {
	// Random, because a value that contains the boundary could add fields to the form.
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

/** HTML: each lone CR or LF in names and in values that are not files becomes CR LF. */
function withCRLF(text: string): string {
	return text.replace(/\r\n|\r|\n/g, '\r\n');
}

/** HTML: "0x0A (LF) with `%0A`, 0x0D (CR) with `%0D`, and 0x22 (") with `%22`". */
function escapeName(name: string): string {
	return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

/** A Blob from another library may have any text as its type, even line breaks. */
function mediaType(file: Blob): string {
	return /^[\x20-\x7e]+$/.test(file.type) ? file.type : 'application/octet-stream';
}
