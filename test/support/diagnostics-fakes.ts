// What diagnostics are told to, written down: a runtime, and channels that know who has subscribed.

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

	/** Subscribes; what is published from then on is added to the array. */
	subscribe(name: string): unknown[] {
		const channel = this.channel(`hyper-wasm:${name}`);
		channel.hasSubscribers = true;
		return channel.messages;
	}

	/** The channels that were asked for. */
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
