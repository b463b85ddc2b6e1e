// A fake runtime for diagnostics that records lines, warnings and channel messages.

import type { DiagnosticsChannel, Runtime } from '../../src/runtime/runtime.ts';

class FakeChannel implements DiagnosticsChannel {
	hasSubscribers = false;
	readonly messages: unknown[] = [];

	publish(message: unknown): void {
		this.messages.push(message);
	}
}

export class DiagnosticsRuntime implements Pick<Runtime, 'channel' | 'env' | 'log' | 'now' | 'warn'> {
	readonly lines: string[] = [];
	readonly warnings: string[] = [];
	readonly #channels = new Map<string, FakeChannel>();
	readonly #nodeDebug: string | undefined;

	constructor(nodeDebug?: string) {
		this.#nodeDebug = nodeDebug;
	}

	channel(name: string): FakeChannel {
		const channel = this.#channels.get(name) ?? new FakeChannel();
		this.#channels.set(name, channel);
		return channel;
	}

	/** Subscribes to a channel; the returned array collects its messages. */
	subscribe(name: string): unknown[] {
		const channel = this.channel(`hyper-wasm:${name}`);
		channel.hasSubscribers = true;
		return channel.messages;
	}

	/** The names of all channels requested so far. */
	get names(): string[] {
		return [...this.#channels.keys()];
	}

	env(name: string): string | undefined {
		return name === 'NODE_DEBUG' ? this.#nodeDebug : undefined;
	}

	log(line: string): void {
		this.lines.push(line);
	}

	now(): number {
		return 0;
	}

	warn(message: string): void {
		this.warnings.push(message);
	}
}
