// The faults of assembly/shared/fault.ts in words, for error messages.

import * as Fault from '../../assembly/shared/fault.ts';

const TEXTS: Readonly<Record<number, string>> = {
	[Fault.FRAME_TOO_LARGE]: 'frame is longer than our SETTINGS_MAX_FRAME_SIZE',
	[Fault.BAD_LENGTH]: 'frame has a length that its type does not allow',
	[Fault.STREAM_ID_ZERO]: 'frame of a stream was sent on stream 0',
	[Fault.STREAM_ID_NOT_ZERO]: 'frame of the connection was sent on a stream',
	[Fault.PADDING_TOO_LONG]: 'padding is longer than the frame',
	[Fault.BLOCK_INTERRUPTED]: 'field block was interrupted by another frame',
	[Fault.CONTINUATION_UNEXPECTED]: 'CONTINUATION follows no open field block',
	[Fault.BLOCK_TOO_LARGE]: 'field block is larger than 144 KiB',
	[Fault.TOO_MANY_CONTINUATIONS]: 'field block has more than 8 CONTINUATION frames',
	[Fault.ZERO_INCREMENT]: 'WINDOW_UPDATE has an increment of 0',
	[Fault.BAD_SETTING]: 'SETTINGS has a value out of range',
	[Fault.WINDOW_SETTING_TOO_LARGE]: 'SETTINGS_INITIAL_WINDOW_SIZE is above 2,147,483,647',
	[Fault.PROMISED_ID_ZERO]: 'PUSH_PROMISE promises stream 0',
	[Fault.INTEGER_TOO_LARGE]: 'integer in the field block is too large',
	[Fault.BLOCK_TRUNCATED]: 'field block ends within a field',
	[Fault.BAD_HUFFMAN]: 'string in the field block is not a valid Huffman code',
	[Fault.BAD_INDEX]: 'field block refers to an index that no table has',
	[Fault.SIZE_UPDATE_TOO_LARGE]: 'table size update is above our SETTINGS_HEADER_TABLE_SIZE',
	[Fault.SIZE_UPDATE_MISPLACED]: 'table size update is not at the start of the field block',
	[Fault.SIZE_UPDATE_MISSING]: 'field block lacks the table size update that our lowered setting demands',
};

export function faultText(fault: number): string {
	return TEXTS[fault] ?? `fault ${fault}`;
}
