// What the scheduler asks of one open transport and the protocol on it, and what it is told. http20/wire.ts and
// http11/wire.ts implement the first, scheduler.ts the second.

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
	/** Requests that it carries. */
	readonly size: number;
	/** How many more it would take now. */
	readonly capacity: number;
	/** The transport has ended, or is about to. */
	readonly closing: boolean;
	/** The server has shown that it takes requests on this connection. */
	readonly hasServed: boolean;
	/** The server speaks the protocol; a server that never greets is not dialled again for those that wait. */
	readonly greeted: boolean;
	/** When bytes came last, whatever they were. */
	readonly receivedAt: number;
	/** Since when no request needs it; Infinity while one does. */
	readonly idleSince: number;
	now(): number;
	/** Sends the request, if it can now; false: it has to wait. Throws for a request that cannot be sent. */
	take(pending: PendingRequest): boolean;
	/** A request waits for a connection, or none does any more. */
	onDemand(isWaiting: boolean): void;
	/** Requests that are not closed. */
	requests(): PendingRequest[];
	/** When content of the request was last sent; 0 when none was. */
	sentAt(pending: PendingRequest): number;
	/** Whether the next move is the server's: it owes bytes of the response, or window for the request. */
	isPeersTurn(pending: PendingRequest): boolean;
	/** Round trip in milliseconds; LocalProtocolError on HTTP/1.1. */
	ping(opaque?: Uint8Array | string): Promise<number>;
	/** Sends a PING that only asks for a sign of life; without effect on HTTP/1.1. */
	probe(): void;
	/** Rejects pings sent at `time` or before; when the oldest that is left was sent, Infinity without any. */
	expirePings(time: number, makeReason: () => unknown): number;
	/** Takes no more requests; closes when those that it carries have ended. */
	drain(errorCode: number): void;
	/** As `drain`, for a reason of our own: requests from now on go elsewhere. */
	retire(): void;
	/** Resets what it carries with `reason`, then drains. */
	close(errorCode: number, reason: HyperError): void;
	/** The peer is gone: every request ends with `reason`, and nothing is waited for. */
	giveUp(reason: HyperError): void;
	/** Resolves when the transport is closed. */
	whenClosed(): Promise<void>;
}

export interface WireOwner {
	/** Requests wait for room: the wire must keep the process running. */
	readonly hasWaiting: boolean;
	/** There may be room for another request. */
	onCapacity(wire: Wire): void;
	/** A request was lost; true when it will be sent again. */
	onLost(wire: Wire, pending: PendingRequest, fate: Fate): boolean;
	/** It takes no more requests; with a reason when that is the server's doing. */
	onDraining(wire: Wire, reason: HyperError | null): void;
	/** The transport is closed; the last call. */
	onClosed(wire: Wire, reason: HyperError | null): void;
	/** It cannot come free before the response that it carries is read or closed: requests that wait end with `error`. */
	onBlocked(wire: Wire, error: HyperError): void;
	/** A request may be late earlier than was known. */
	onDue(): void;
	/** The transport goes on in HTTP/2, which answers `pending` on stream 1. Returns the wire that takes its place. */
	onUpgraded(wire: Wire, transport: Transport, pending: PendingRequest, diagnostics: ConnectionDiagnostics): Wire;
}

/** A transport, and what is spoken on it. */
export interface Connected {
	readonly transport: Transport;
	readonly version: HTTPVersion;
	/** Makes the wire; the transport may have been wrapped by a tracer meanwhile. */
	createWire(transport: Transport, owner: WireOwner, diagnostics: ConnectionDiagnostics): Wire;
}

/** Opens the wires of one connection. */
export interface WireSource {
	/** What is spoken; null while that is not known. */
	readonly version: HTTPVersion | null;
	/** How many requests a connection that is still to be opened is expected to take. */
	readonly expectedCapacity: number;
	/** Rejects with `signal.reason` when that comes first. */
	connect(signal: AbortSignal): Promise<Connected>;
	/** LocalProtocolError for a request that none of its wires could send. */
	checkRequest?(request: OutgoingRequest): void;
	/** HTTP/2 over a transport on which an Upgrade was agreed to (RFC 7540 §3.2); it answers `pending` on stream 1. */
	adopt(transport: Transport, pending: PendingRequest, owner: WireOwner, diagnostics: ConnectionDiagnostics): Wire;
	/** The owner has closed the connection: what was learned about the server is forgotten. */
	reset(keepsIds: boolean): void;
}
