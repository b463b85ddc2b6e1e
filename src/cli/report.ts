// Writes to standard error what the user asked for: heads, log lines, frames, and the progress of a download.

import { escapeControls } from '../base/escape.ts';
import type { HTTPHeaderMap, Logger } from '../index.ts';
import { type FrameEvent, formatFrameLine } from '../trace.ts';
import type { Show } from './arguments.ts';
import { formatRequestHead, formatResponseHead, formatTrailers, type ResponseHeadParts } from './heads.ts';
import { type Extent, type Progress, startProgress } from './progress.ts';
import type { PreparedRequest } from './request.ts';
import { splitZone } from './target.ts';
import { canRedraw, type Style, styleOf } from './terminal.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export class Report {
	readonly #stream: NodeJS.WritableStream & { isTTY?: boolean };
	readonly #show: Show;
	readonly #env: Environment;
	readonly #style: Style;

	constructor(stream: NodeJS.WritableStream & { isTTY?: boolean }, show: Show, env: Environment) {
		this.#stream = stream;
		this.#show = show;
		this.#env = env;
		this.#style = styleOf(stream, env);
	}

	get showsHeads(): boolean {
		return this.#show.responseHeads;
	}

	get showsRequestHeads(): boolean {
		return this.#show.requestHeads;
	}

	/** `version` is empty while unknown. */
	requestHead({ method, path, origin, headers }: PreparedRequest, version: string): void {
		if (!this.#show.requestHeads) return;
		const authority = new URL(splitZone(origin)[0]).host;
		this.#stream.write(formatRequestHead({ method, path, version, authority, headers }, this.#style));
	}

	responseHead(head: ResponseHeadParts): void {
		if (this.#show.responseHeads) this.#stream.write(formatResponseHead(head, this.#style));
	}

	trailers(trailers: HTTPHeaderMap): void {
		if (this.#show.responseHeads && trailers.size > 0) this.#stream.write(formatTrailers(trailers, this.#style));
	}

	/** Undefined without --debug, so that connections format nothing. */
	get logger(): Logger | undefined {
		if (!this.#show.log) return undefined;
		return { info: (message) => this.#line(message), warn: (message) => this.#line(message) };
	}

	/** Undefined without --trace. */
	get onFrame(): ((event: FrameEvent) => void) | undefined {
		if (!this.#show.frames) return undefined;
		return (event) => this.#stream.write(`${formatFrameLine(event, { color: this.#style.color })}\n`);
	}

	note(text: string): void {
		this.#line(`hyper: ${text}`);
	}

	/** Null if a bar cannot be redrawn, or if log lines would interrupt it. */
	async progress(extent: Extent): Promise<Progress | null> {
		if (!canRedraw(this.#stream, this.#env) || this.#show.log || this.#show.frames) return null;
		return startProgress(this.#stream, extent);
	}

	#line(text: string): void {
		this.#stream.write(`${escapeControls(text)}\n`);
	}
}
