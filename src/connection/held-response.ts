// What a paused sink has not got yet: pending-request.ts passes calls here instead, and delivers them later.

import { storingError } from '../content/body-limit.ts';
import { ContentQueue } from '../content/content-queue.ts';
import type { HTTPHeaderMap } from '../fields/header-map.ts';
import type { ResponseSink } from '../message/response-sink.ts';

/** Stands in for a paused sink. */
export class HeldResponse implements ResponseSink {
	/** False while the kept content is being delivered; content that arrives meanwhile queues behind it. */
	isPaused: boolean = true;
	readonly content: ContentQueue = new ContentQueue();
	trailers: HTTPHeaderMap | null = null;
	isEnded: boolean = false;

	onContent(bytes: Uint8Array, endOfFrame: boolean): void {
		try {
			this.content.push(bytes, endOfFrame);
		} catch (error) {
			throw storingError(error);
		}
	}

	onTrailers(trailers: HTTPHeaderMap): void {
		this.trailers = trailers;
	}

	onEnd(): void {
		this.isEnded = true;
	}
}
