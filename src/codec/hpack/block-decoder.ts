// Field blocks to field sections without frames around them: the engine's `decode`, for hyper-wasm/hpack.

import * as Event from '../../../assembly/shared/event.ts';
import { BLOCK_BYTES, DEFAULT_TABLE_SIZE } from '../../../assembly/shared/limit.ts';
import { HPACKDecodingError } from '../../base/errors.ts';
import { releaseEngine, takeEngine } from '../engine.ts';
import { faultText } from '../fault.ts';
import { SectionReader } from './section-reader.ts';

interface FieldSection {
	/** Names and values alternate. */
	fields: string[];
	/** Numbers of pairs. */
	neverIndexed: Set<number> | null;
	/** Bits of shared/event.ts. */
	faults: number;
}

export class BlockDecoder {
	readonly #engine = takeEngine(false);
	readonly #sections = new SectionReader(this.#engine);

	/** Both sides begin with a table of `tableSize` octets. */
	constructor(tableSize: number, maxListSize: number, maxFields: number) {
		const { exports } = this.#engine;
		exports.setSectionLimits(maxListSize, maxFields);
		if (tableSize === DEFAULT_TABLE_SIZE) return;
		// The engine begins with the default: a size update, which its own encoder writes, takes it from there.
		exports.setDecoderTableSize(tableSize);
		exports.setEncoderTableSize(tableSize);
		const { bytes, output } = this.#engine;
		this.decode(bytes.subarray(output, exports.beginBlock(output)));
	}

	/** Throws HPACKDecodingError for a block that is broken or too large; nothing may be decoded after it. */
	decode(block: Uint8Array): FieldSection {
		const { exports, events } = this.#engine;
		if (block.length > BLOCK_BYTES) {
			throw new HPACKDecodingError(
				`Cannot decode a field block of ${block.length} octets: it must have at most ${BLOCK_BYTES}`,
			);
		}
		this.#engine.block.set(block);
		let again = false;
		do {
			exports.decode(block.length, again);
			again = events[Event.PENDING] === 1;
			this.#sections.open();
			const end = events[Event.END] as number;
			const at = this.#sections.readFields(Event.FIRST, end);
			if (at < end) return this.#finish(at);
		} while (again);
		throw new Error('Engine gave neither a section nor a fault');
	}

	setTableSize(size: number): void {
		this.#engine.exports.setDecoderTableSize(size);
	}

	/** Gives the instance back; nothing may be called afterwards. */
	close(): void {
		releaseEngine(this.#engine);
	}

	#finish(at: number): FieldSection {
		const { events } = this.#engine;
		if (((events[at] as number) & 0xff) === Event.FAULT) {
			throw new HPACKDecodingError(`Cannot decode the field block: ${faultText(events[at + 3] as number)}`);
		}
		return {
			fields: this.#sections.takeFields(events[at + 5] as number),
			neverIndexed: this.#sections.takeNeverIndexed(),
			faults: events[at + 3] as number,
		};
	}
}
