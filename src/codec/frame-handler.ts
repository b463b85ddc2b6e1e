// What the codec tells of received frames. It knows frames and HPACK, not what is legal on a stream at the moment.

/** Called in the order of the frames. Bytes are those of the chunk that is being received: lent until it returns. */
export interface FrameHandler {
	/** A piece of DATA, `bytes[start, end)`. `flowControlledLength` includes padding; the pieces of a frame add up. */
	onData(
		streamId: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		flowControlledLength: number,
		endOfFrame: boolean,
		endStream: boolean,
	): void;
	/**
	 * A whole field section: names and values alternate. `neverIndexed` holds numbers of pairs. `faults` are the bits
	 * of shared/event.ts: over a limit (then fields are missing), octets that names or values must not have.
	 */
	onHeaders(
		streamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void;
	onPushPromise(
		streamId: number,
		promisedStreamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
	): void;
	onPriority(streamId: number): void;
	onRstStream(streamId: number, errorCode: number): void;
	/** Pairs [identifier, value, ...] in the order sent. */
	onSettings(entries: readonly number[]): void;
	onSettingsAck(): void;
	/** The eight octets as two big-endian numbers. */
	onPing(first: number, second: number, ack: boolean): void;
	onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void;
	/** `streamId` 0 is the connection. */
	onWindowUpdate(streamId: number, increment: number): void;
	onUnknown(type: number, streamId: number): void;
	/** One frame breaks a rule of its own; `streamId` 0: the connection does, and nothing follows. */
	onFault(streamId: number, errorCode: number, fault: number): void;
}
