// What the servers of a life have seen and what they object to. Both kinds of server write it, the invariants read it.

import type { HTTPVersion } from '../../src/base/version.ts';
import { uploadedContent } from './content.ts';
import type { ExchangePlan } from './exchange-plan.ts';
import type { LifePlan } from './plan.ts';

/** One arrival of a request at a server. */
export interface Arrival {
	readonly exchange: ExchangePlan;
	/** In which it is answered. */
	version: HTTPVersion;
	/** Whether the server has acted on it, so that it must not be sent again unless it is idempotent. */
	isActedOn: boolean;
	/** Whether its connection of HTTP/1.1 has carried another one. */
	isReused: boolean;
	/** Bytes of its content so far. */
	received: number;
	isComplete: boolean;
}

export interface Violation {
	/** The name of the invariant. */
	invariant: string;
	text: string;
	/** The exchange; null if it concerns the whole life. */
	exchange: number | null;
}

/** More arrivals of one request, or dials for each thing that happens, mean that something repeats for ever. */
const MOST_ARRIVALS = 10;
const MOST_DIALS = 5;

export class Ledger {
	readonly plan: LifePlan;
	readonly violations: Violation[] = [];
	readonly #arrivals = new Map<number, Arrival[]>();
	readonly #stop: () => void;

	/** `stop` ends a life in which something repeats for ever. */
	constructor(plan: LifePlan, stop: () => void) {
		this.plan = plan;
		this.#stop = stop;
	}

	violate(invariant: string, text: string, exchange: number | null = null): void {
		this.violations.push({ invariant, text, exchange });
	}

	arrivals(id: number): readonly Arrival[] {
		return this.#arrivals.get(id) ?? [];
	}

	/** The client dials; `count` dials came before. */
	dial(count: number): void {
		const { exchanges, faults } = this.plan;
		if (count !== MOST_DIALS * (exchanges.length + faults.length + 1)) return;
		this.violate('again', `The client has dialled ${count} times and dials again`);
		this.#stop();
	}

	/** A request has arrived whose path is `/id`. */
	arrive(version: HTTPVersion, method: string, path: string): Arrival | null {
		const exchange = this.plan.exchanges.find(({ id }) => path === `/${id}`);
		if (exchange === undefined || exchange.method !== method) {
			this.violate('request', `A server got ${method} ${path}, which is not in the plan`);
			return null;
		}
		const arrival = { exchange, version, isActedOn: false, isReused: false, received: 0, isComplete: false };
		const arrivals = [...this.arrivals(exchange.id), arrival];
		this.#arrivals.set(exchange.id, arrivals);
		if (arrivals.length > MOST_ARRIVALS) {
			this.violate('again', `The request has arrived ${arrivals.length} times`, exchange.id);
			this.#stop();
		}
		return arrival;
	}

	/** A piece of the request's content has arrived. */
	receive(arrival: Arrival, bytes: Uint8Array): void {
		const { id, upload } = arrival.exchange;
		const at = arrival.received;
		arrival.received += bytes.length;
		if (upload === null) {
			if (bytes.length > 0) this.violate('upload', `${bytes.length} bytes of content without a body`, id);
			return;
		}
		const expected = uploadedContent(id, upload);
		if (expected !== null && Buffer.compare(expected.subarray(at, at + bytes.length), bytes) !== 0) {
			this.violate('upload', `Content differs within ${bytes.length} bytes from ${at} on`, id);
		}
	}

	/** The request has ended. */
	complete(arrival: Arrival, trailers: ReadonlyMap<string, string> | null): void {
		const { id, upload } = arrival.exchange;
		arrival.isComplete = true;
		if (upload === null) return;
		const expected = uploadedContent(id, upload);
		if (expected !== null && arrival.received !== expected.length) {
			this.violate('upload', `The request ended after ${arrival.received} of ${expected.length} bytes`, id);
		}
		if (upload.trailers && trailers?.get('x-sum') !== String(upload.length)) {
			this.violate('upload', 'The trailers of the request are missing', id);
		}
	}
}
