// The interface between the scheduler and its wires; a wire is one open transport with its protocol. http20/wire.ts and
// http11/wire.ts implement Wire, scheduler.ts implements WireOwner.

import type { HyperError } from '../base/errors.ts';
import type { HTTPVersion } from '../base/version.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { Transport } from '../runtime/transport.ts';
import type { Settings } from '../session/settings.ts';
import type { PendingRequest } from './pending-request.ts';
import type { Fate } from './replay.ts';

export interface Wire {
	readonly version: HTTPVersion;
	/** The server's SETTINGS; null on HTTP/1.1. */
	readonly remoteSettings: Readonly<Settings> | null;
	/** The number of requests on this wire. */
	readonly size: number;
	/** How many more requests it would take now. */
	readonly capacity: number;
	/** Whether the transport has ended or is about to. */
	readonly closing: boolean;
	/** Whether the server has shown that it takes requests on this connection; always true on HTTP/1.1. */
	readonly hasServed: boolean;
	/** Whether the server's SETTINGS arrived. If not when the wire ends, requests that waited for it reject at once. */
	readonly greeted: boolean;
	/** When the last bytes of any kind arrived. */
	readonly receivedAt: number;
	/** When it became idle; Infinity while it is in use. */
	readonly idleSince: number;
	now(): number;
	/** Sends the request and returns true, or returns false if it must wait. Throws if it can never be sent. */
	take(pending: PendingRequest): boolean;
	/** Called when a request begins to wait for room. */
	hurry(): void;
	/** Called when no request waits for room any longer: an idle wire lets the process exit. */
	rest(): void;
	/** The requests that are not closed. */
	requests(): PendingRequest[];
	/** When content of the request was last sent; 0 if none has been. */
	contentSentAt(pending: PendingRequest): number;
	/** Whether the server must act next: send bytes of the response, or give window for the request. */
	isPeersTurn(pending: PendingRequest): boolean;
	/** Resolves with the round-trip time in milliseconds; rejects with LocalProtocolError on HTTP/1.1. */
	ping(opaque?: Uint8Array | string): Promise<number>;
	/** Tells whether the peer is still there; null on HTTP/1.1, which has no PING. */
	readonly liveness: Prober | null;
	/** Rejects PINGs sent at `time` or before. Returns when the oldest remaining one was sent; Infinity if none remains. */
	expirePings(time: number, makeReason: () => unknown): number;
	/** Stops taking requests, and closes when the current ones have ended. */
	drain(errorCode: number): void;
	/** Like `drain`, but calls `onDraining`, so that new requests go to another wire. */
	retire(): void;
	/** Ends its requests with `reason`, then drains. */
	close(errorCode: number, reason: HyperError): void;
	/** Ends every request with `reason` and drops the transport at once: the peer is gone, or the caller cannot reach it. */
	giveUp(reason: HyperError): void;
	/** Resolves when the transport is closed. */
	whenClosed(): Promise<void>;
}

/** Probes the peer of a wire. */
export interface Prober {
	/**
	 * Sends a PING whose result nothing awaits, unless one is unanswered: any bytes are an answer. If none arrive within
	 * `timeout`, `check` gives the wire up. Returns when to call it.
	 */
	probe(timeout: number): number;
	/** A request has ended early, and the peer was silent meanwhile: sends a probe, now or soon. */
	suspect(): void;
	/** The process was suspended: new requests wait for the answer to a probe. */
	distrust(): void;
	/** Gives the wire up if a probe was not answered in time. Returns when to call it next; Infinity without a probe. */
	check(now: number): number;
}

export interface WireOwner {
	/** Whether requests wait for room; the wire then keeps the process running. */
	readonly hasWaiting: boolean;
	/** The wire may have room for another request. */
	onCapacity(wire: Wire): void;
	/** A request was lost. Returns whether it will be sent again. */
	onLost(wire: Wire, pending: PendingRequest, fate: Fate): boolean;
	/** The wire takes no more requests. `reason` is null unless the server was the cause. */
	onDraining(wire: Wire, reason: HyperError | null): void;
	/** The transport is closed. This is the last call. */
	onClosed(wire: Wire, reason: HyperError | null): void;
	/** The wire stays busy until its response is read or closed. Waiting requests reject with `error`. */
	onBlocked(wire: Wire, error: HyperError): void;
	/** A timeout may now expire earlier than the watchdog expects; if `at` is given, then. */
	onDue(at?: number): void;
	/** The server has switched to HTTP/2: `upgraded` has taken over the transport and replaces `wire`. */
	onUpgraded(wire: Wire, upgraded: Wire): void;
}

/** An open transport and the HTTP version on it. */
export interface Connected {
	readonly transport: Transport;
	readonly version: HTTPVersion;
	/** Creates the wire. `transport` may be a wrapper that traces it. */
	createWire(transport: Transport, owner: WireOwner, diagnostics: ConnectionDiagnostics): Wire;
}

/** Opens the wires of one connection. */
export interface WireSource {
	/** The HTTP version; null while it is unknown. */
	readonly version: HTTPVersion | null;
	/** How many requests a connection is expected to take before it is open. */
	readonly expectedCapacity: number;
	/** Whether it can open only one wire, on a transport that the user passed. */
	readonly dialsOnce: boolean;
	/** Rejects with `signal.reason` if the signal aborts first. */
	connect(signal: AbortSignal): Promise<Connected>;
	/** Throws LocalProtocolError for a request that none of its wires can send. */
	checkRequest?(request: OutgoingRequest): void;
	/** Opens wires of HTTP/1.1 from now on, until `reset`. Missing if it cannot. */
	fallBack?(): boolean;
	/** Forgets what was learned about the server, when the connection is closed. `keepsIds`: stream ids continue. */
	reset(keepsIds: boolean): void;
}
