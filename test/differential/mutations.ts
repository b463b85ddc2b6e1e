// Random changes of valid streams: of bytes, and of frames whose lengths stay right. A seed always gives the same cases.

import { DEFAULT_MAX_FRAME_SIZE, HEAD_BYTES } from '../../assembly/shared/limit.ts';
import { FrameFlag, FrameType } from '../../src/frames.ts';
import { frameBytes } from '../support/frame-bytes.ts';
import { mutate } from '../support/random.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { type Case, splitFrames } from './case.ts';
import { corpus } from './corpus/all.ts';
import { runHyper } from './hyper.ts';

/** One of the cases without faults, changed once or twice. */
export function mutateCase(random: SeededRandom): Case {
	const base = random.pick(validCases());
	let frames = base.steps as Uint8Array[];
	const changes: string[] = [];
	for (let i = random.below(2); i >= 0; i--) {
		const [name, change] = random.pick(changesOfFrames);
		changes.push(name);
		frames = splitFrames(Buffer.concat(change(frames, random)));
	}
	return { ...base, name: `${base.name}, ${changes.join(', ')}`, steps: frames.map(complete) };
}

/**
 * Appends what is missing of the last frame, because some clients judge a frame by its beginning, and others when it is whole.
 * A frame that is too long for all clients becomes one that is just too long.
 */
function complete(frame: Uint8Array): Uint8Array {
	const head = Buffer.concat([frame, new Uint8Array(Math.max(0, HEAD_BYTES - frame.length))]);
	const length = Math.min(head.readUIntBE(0, 3), DEFAULT_MAX_FRAME_SIZE + 1);
	head.writeUIntBE(length, 0, 3);
	return Buffer.concat([head, new Uint8Array(HEAD_BYTES + length)]).subarray(0, HEAD_BYTES + length);
}

let valid: Case[] | null = null;

/** Short cases of bytes alone, which our session accepts. */
function validCases(): Case[] {
	valid ??= corpus.filter((each) => {
		const bytes = each.steps.filter((step) => step instanceof Uint8Array);
		if (each.plan.requests.length === 0 || bytes.length < each.steps.length) return false;
		// Whether more content exceeds a window depends on when a client raises it.
		if (each.plan.window !== null || Buffer.concat(bytes).length > DEFAULT_MAX_FRAME_SIZE) return false;
		const { connection, streams, lateResets } = runHyper(each);
		const isFine = [...streams.values()].every(({ verdict }) => !verdict.includes('by client'));
		return connection === 'fine' && lateResets.length === 0 && isFine;
	});
	return valid;
}

type Change = (frames: readonly Uint8Array[], random: SeededRandom) => Uint8Array[];

/** Replaces one frame, or less than one at the end. */
function replaceOne(replace: (frame: Uint8Array, random: SeededRandom) => Uint8Array[]): Change {
	return (frames, random) => {
		const at = random.below(frames.length);
		return frames.flatMap((frame, i) => (i === at ? replace(frame, random) : [frame]));
	};
}

/** Changes one byte of the head. */
function changeHead(at: number, change: (byte: number, random: SeededRandom) => number): Change {
	return replaceOne((frame, random) => {
		const changed = frame.slice();
		if (at < changed.length) changed[at] = change(changed[at] as number, random);
		return [changed];
	});
}

const changesOfFrames: readonly [name: string, change: Change][] = [
	['bytes changed', (frames, random) => [mutate(Buffer.concat(frames), random)]],
	['a payload changed', replaceOne((frame, random) => [rewrite(frame, mutate(frame.subarray(HEAD_BYTES), random))])],
	['a frame dropped', replaceOne(() => [])],
	['a frame doubled', replaceOne((frame) => [frame, frame])],
	['a frame moved', (frames, random) => moveOne(frames, random)],
	['a frame split', replaceOne(splitOne)],
	['a type changed', changeHead(3, (_type, random) => random.below(18))],
	['a flag changed', changeHead(4, (flags, random) => flags ^ random.pick([1, 4, 8, 0x20, 1 << random.below(8)]))],
	['a stream id changed', changeHead(8, (_id, random) => random.below(8))],
];

function moveOne(frames: readonly Uint8Array[], random: SeededRandom): Uint8Array[] {
	const moved = [...frames];
	const [frame] = moved.splice(random.below(moved.length), 1);
	if (frame !== undefined) moved.splice(random.below(moved.length + 1), 0, frame);
	return moved;
}

/** Splits DATA into DATA, and a field block by CONTINUATION. */
function splitOne(frame: Uint8Array, random: SeededRandom): Uint8Array[] {
	const [, , , type = 0, flags = 0] = frame;
	const payload = frame.subarray(HEAD_BYTES);
	const at = random.below(payload.length + 1);
	const [first, rest] = [payload.subarray(0, at), payload.subarray(at)];
	if (type === FrameType.DATA) {
		return [rewrite(frame, first, flags & ~FrameFlag.END_STREAM), rewrite(frame, rest, flags)];
	}
	const tail = rewrite(frame, rest, flags & FrameFlag.END_HEADERS);
	tail[3] = FrameType.CONTINUATION;
	return [rewrite(frame, first, flags & ~FrameFlag.END_HEADERS), tail];
}

/** The frame with another payload, and flags. */
function rewrite(frame: Uint8Array, payload: Uint8Array, flags = frame[4] ?? 0): Uint8Array {
	if (frame.length < HEAD_BYTES) return frame;
	const streamId = new DataView(frame.buffer, frame.byteOffset).getUint32(5);
	return frameBytes(frame[3] as number, flags, streamId, payload);
}
