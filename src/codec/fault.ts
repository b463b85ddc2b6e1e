// Words for the faults of assembly/shared/fault.ts, for error messages.

import * as Fault from '../../assembly/shared/fault.ts';
import { BLOCK_BYTES, MAX_CONTINUATIONS } from '../../assembly/shared/limit.ts';

type FaultCode = (typeof Fault)[keyof typeof Fault];

/** The type makes the compiler check that every fault has a text. */
const TEXTS: Readonly<Record<Exclude<FaultCode, typeof Fault.NONE>, string>> = {
	[Fault.FRAME_TOO_LARGE]: 'frame is longer than our SETTINGS_MAX_FRAME_SIZE',
	[Fault.BAD_LENGTH]: 'frame has a length that its type does not allow',
	[Fault.STREAM_ID_ZERO]: 'frame that belongs on a stream was sent on stream 0',
	[Fault.STREAM_ID_NOT_ZERO]: 'frame that belongs on stream 0 was sent on another stream',
	[Fault.PADDING_TOO_LONG]: 'padding is longer than the frame',
	[Fault.BLOCK_INTERRUPTED]: 'field block was interrupted by another frame',
	[Fault.CONTINUATION_UNEXPECTED]: 'CONTINUATION was sent without an open field block',
	[Fault.BLOCK_TOO_LARGE]: `field block is larger than ${BLOCK_BYTES / 1024} KiB`,
	[Fault.TOO_MANY_CONTINUATIONS]: `field block has more than ${MAX_CONTINUATIONS} CONTINUATION frames`,
	[Fault.ZERO_INCREMENT]: 'WINDOW_UPDATE has an increment of 0',
	[Fault.BAD_SETTING]: 'SETTINGS has a value out of range',
	[Fault.WINDOW_SETTING_TOO_LARGE]: 'SETTINGS_INITIAL_WINDOW_SIZE is above 2,147,483,647',
	[Fault.PROMISED_ID_ZERO]: 'PUSH_PROMISE promises stream 0',
	[Fault.INTEGER_TOO_LARGE]: 'integer in the field block is too large',
	[Fault.BLOCK_TRUNCATED]: 'field block ends in the middle of a field',
	[Fault.BAD_HUFFMAN]: 'string in the field block is not validly Huffman-coded',
	[Fault.BAD_INDEX]: 'field block refers to an index that is in neither table',
	[Fault.SIZE_UPDATE_TOO_LARGE]: 'table size update is above our SETTINGS_HEADER_TABLE_SIZE',
	[Fault.SIZE_UPDATE_MISPLACED]: 'table size update is not at the start of the field block',
	[Fault.SIZE_UPDATE_MISSING]:
		'field block lacks the table size update that our lowered SETTINGS_HEADER_TABLE_SIZE requires',
	[Fault.TOO_MANY_SIZE_UPDATES]: 'field block has more than two table size updates',
};

export function faultText(fault: number): string {
	return (TEXTS as Readonly<Record<number, string>>)[fault] ?? `fault ${fault}`;
}
