// The pushes of an exchange: what both the server and the application know about them.

import { contentOf } from './content.ts';

/** The content of a push is that of an exchange with this id. */
export function pushedContentId(id: number, index: number): number {
	return 1000 + id * 10 + index;
}

/** The content of the push with this path. */
export function pushedContent(path: string, length: number): Uint8Array {
	const [, , id, index] = path.split('/');
	return contentOf(pushedContentId(Number(id), Number(index)), length);
}
