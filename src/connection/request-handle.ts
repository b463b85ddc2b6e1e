// A request that is built piece by piece, as with hyper's putrequest, putheader and endheaders.

import { type FieldFlags, HTTPHeaderMap } from '../fields/header-map.ts';

export class RequestHandle {
	readonly method: string;
	readonly path: string;
	readonly headers: HTTPHeaderMap = new HTTPHeaderMap();

	constructor(method: string, path: string) {
		this.method = method;
		this.path = path;
	}

	putHeader(name: string, value: string, flags?: FieldFlags): void {
		this.headers.append(name, value, flags);
	}
}
