// Wraps a transport to read its bytes as HTTP/2 frames in both directions. Errors of the tracer never affect the
// connection.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import { DEFAULT_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import type { Transport, TransportReceiver } from '../runtime/transport.ts';
import { DirectionReader, type Reading } from './direction.ts';
import type { FrameEvent } from './frame-event.ts';

export interface TraceOptions {
	/** The number of the connection in all events. */
	connection: number;
	/** Must not throw. */
	listener: (event: FrameEvent) => void;
	/** Milliseconds on a monotonic clock. */
	now: () => number;
}

/** Returns a transport to use instead of this one, which must not have been started. */
export function traceTransport(transport: Transport, options: TraceOptions): Transport {
	return new TracedTransport(transport, options);
}

class TracedTransport implements Transport {
	readonly #transport: Transport;
	readonly #options: TraceOptions;
	readonly #readers = { sent: new DirectionReader('client'), received: new DirectionReader('server') };
	readonly #opened: number;
	/** Events that wait for the listener to return: a listener may itself cause frames to be sent. */
	#waiting: FrameEvent[] | null = null;

	constructor(transport: Transport, options: TraceOptions) {
		this.#transport = transport;
		this.#options = options;
		this.#opened = options.now();
	}

	get alpn(): string | null {
		return this.#transport.alpn;
	}

	get openedAt(): Transport['openedAt'] {
		return this.#transport.openedAt;
	}

	start(receiver: TransportReceiver): void {
		this.#transport.start({
			onBytes: (bytes) => {
				this.#read('received', bytes);
				receiver.onBytes(bytes);
			},
			onDrain: () => receiver.onDrain(),
			onEnd: () => receiver.onEnd(),
			onRenegotiated: () => receiver.onRenegotiated?.(),
			onClose: (error) => {
				this.#readers.sent.close();
				this.#readers.received.close();
				receiver.onClose(error);
			},
		});
	}

	get hasFailed(): boolean | undefined {
		return this.#transport.hasFailed;
	}

	write(chunks: readonly Uint8Array[]): boolean {
		for (const chunk of chunks) this.#read('sent', chunk);
		return this.#transport.write(chunks);
	}

	pause(): void {
		this.#transport.pause();
	}

	resume(): void {
		this.#transport.resume();
	}

	end(): void {
		this.#transport.end();
	}

	destroy(error?: Error): void {
		this.#transport.destroy(error);
	}

	ref(): void {
		this.#transport.ref();
	}

	unref(): void {
		this.#transport.unref();
	}

	#read(direction: 'sent' | 'received', bytes: Uint8Array): void {
		const { connection, now } = this.#options;
		const readings = this.#readers[direction].read(bytes);
		if (readings.length === 0) return;
		if (direction === 'sent') this.#followSettings(readings);
		const time = now() - this.#opened;
		this.#report(readings.map((reading) => ({ connection, direction, time, ...reading })));
	}

	/** Bytes that are not HTTP/2 look like a frame that is too long, so the limit on received frames must be known. */
	#followSettings(readings: readonly Reading[]): void {
		for (const reading of readings) {
			if (reading.type !== 'frame' || reading.frame.type !== FrameType.SETTINGS || reading.frame.ack) continue;
			const announced = new Map(reading.frame.settings).get(Setting.MAX_FRAME_SIZE);
			this.#readers.received.maxFrameSize = announced ?? DEFAULT_MAX_FRAME_SIZE;
		}
	}

	#report(events: FrameEvent[]): void {
		if (this.#waiting !== null) {
			this.#waiting.push(...events);
			return;
		}
		this.#waiting = events;
		// The array grows while listeners run.
		for (const event of events) this.#options.listener(event);
		this.#waiting = null;
	}
}
