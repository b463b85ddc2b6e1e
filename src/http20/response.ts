// HTTP20Response: a response of HTTP/2, from the event that brought its head. RFC 9113 §8.1.

import { HTTPHeaderMap } from '../fields/header-map.ts';
import { HTTPResponse, type ResponseSource } from '../message/response.ts';
import type { ResponseEvent } from '../session/events.ts';

const NONE: readonly string[] = [];

export class HTTP20Response extends HTTPResponse {
	readonly #head: ResponseEvent;
	#headers: HTTPHeaderMap | null = null;

	constructor(source: ResponseSource, head: ResponseEvent) {
		super(source, head.status);
		this.#head = head;
	}

	get version(): 'HTTP/2' {
		return 'HTTP/2';
	}

	/** HTTP/2 has no reason phrase. */
	get reason(): string {
		return '';
	}

	get rawHeaders(): HTTPHeaderMap {
		this.#headers ??= HTTPHeaderMap.fromFlat(this.#head.fields, this.#head.neverIndexed, 2);
		return this.#headers;
	}

	/** Names are in lower case: RFC 9113 §8.2.1. */
	protected fieldValues(name: string): readonly string[] {
		const { fields } = this.#head;
		let values: string[] | null = null;
		for (let i = 2; i < fields.length; i += 2) {
			if (fields[i] !== name) continue;
			values ??= [];
			values.push(fields[i + 1] as string);
		}
		return values ?? NONE;
	}
}
