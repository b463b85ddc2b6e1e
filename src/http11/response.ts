// HTTP11Response: a response of HTTP/1.1, from the head that the platform's parser has read. RFC 9112 §4, §5.

import { fieldValues } from '../fields/flat-fields.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import { HTTPResponse, type ResponseSource } from '../message/response.ts';

/** What came before the content. */
export interface ResponseHead {
	readonly status: number;
	readonly reason: string;
	/** Names as the server wrote them and values alternate. */
	readonly fields: readonly string[];
}

export class HTTP11Response extends HTTPResponse {
	readonly #head: ResponseHead;
	#headers: HTTPHeaderMap | null = null;

	constructor(source: ResponseSource, head: ResponseHead) {
		super(source, head.status);
		this.#head = head;
	}

	get version(): 'HTTP/1.1' {
		return 'HTTP/1.1';
	}

	get reason(): string {
		return this.#head.reason;
	}

	get rawHeaders(): HTTPHeaderMap {
		this.#headers ??= HTTPHeaderMap.fromFlat(this.#head.fields);
		return this.#headers;
	}

	protected fieldValues(name: string): readonly string[] {
		return fieldValues(this.#head.fields, name);
	}
}
