// One frame of each type and form in hexadecimal, and the lines of its transcript.

import * as Flag from '../../shared/frame-flag';
import * as FrameType from '../../shared/frame-type';
import { frame } from './bytes';

export const GET = '828684';
export const SECTION_OF_GET = ':method: GET\n:scheme: http\n:path: /\nSECTION 1 size 123';

export const FRAMES: string[] = [
	frame(FrameType.SETTINGS, 0, 0, '000300000064' + '00047fffffff' + '2b2bffffffff'),
	frame(FrameType.SETTINGS, 0, 0),
	frame(FrameType.SETTINGS, Flag.ACK, 0),
	frame(FrameType.PING, 0, 0, '00000001fffffffe'),
	frame(FrameType.PING, Flag.ACK, 0, '0000000000000007'),
	frame(FrameType.HEADERS, Flag.END_HEADERS, 1, GET),
	frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, GET),
	frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PADDED, 1, '03' + GET + 'aabbcc'),
	frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PRIORITY, 1, '8000000310' + GET),
	frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PRIORITY | Flag.PADDED, 1, '028000000310' + GET + '0000'),
	frame(FrameType.HEADERS, Flag.END_HEADERS, 1),
	frame(FrameType.HEADERS, Flag.END_STREAM, 1, '82') +
		frame(FrameType.CONTINUATION, 0, 1, '86') +
		frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, '84'),
	// A literal that is split by every frame. The first frame is padded.
	frame(FrameType.HEADERS, Flag.PADDED, 1, '0140' + '00') +
		frame(FrameType.CONTINUATION, 0, 1, '0a637573746f') +
		frame(FrameType.CONTINUATION, 0, 1) +
		frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, '6d2d6b65790d637573746f6d2d686561646572'),
	frame(FrameType.DATA, 0, 1, '68656c6c6f'),
	frame(FrameType.DATA, Flag.END_STREAM, 1, '21'),
	frame(FrameType.DATA, 0, 1),
	frame(FrameType.DATA, Flag.END_STREAM, 1),
	frame(FrameType.DATA, Flag.PADDED, 1, '0368690000ff'),
	frame(FrameType.DATA, Flag.PADDED, 1, '00' + '6869'),
	frame(FrameType.DATA, Flag.PADDED | Flag.END_STREAM, 1, '03000000'),
	frame(FrameType.DATA, Flag.PADDED, 1, '00'),
	frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, '00000002' + GET),
	frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS | Flag.PADDED, 1, '0180000004' + GET + '00'),
	frame(FrameType.PUSH_PROMISE, 0, 1, '00000006') + frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, GET),
	frame(FrameType.PRIORITY, 0, 3, '80000001ff'),
	frame(FrameType.RST_STREAM, 0, 1, 'fffffffe'),
	frame(FrameType.GOAWAY, 0, 0, 'ffffffff' + '0000000b'),
	frame(FrameType.GOAWAY, 0, 0, '00000003' + '00000000' + '627965'),
	frame(FrameType.WINDOW_UPDATE, 0, 0, 'ffffffff'),
	frame(FrameType.WINDOW_UPDATE, 0, 1, '00000001'),
	frame(0x10, 0xff, 0, '0000000175'),
	frame(0xff, 0, 7),
];
/** The transcript of each frame. */
export const LINES: string[] = [
	'SETTING 3 100\nSETTING 4 2147483647\nSETTING 11051 4294967295\nSETTINGS',
	'SETTINGS',
	'SETTINGS ACK',
	'PING 1 4294967294',
	'PING 0 7 ACK',
	SECTION_OF_GET,
	SECTION_OF_GET + ' END_STREAM',
	SECTION_OF_GET,
	SECTION_OF_GET,
	SECTION_OF_GET,
	'SECTION 1 size 0',
	SECTION_OF_GET + ' END_STREAM',
	'custom-key: custom-header\nSECTION 1 size 55',
	'DATA 1 [68656c6c6f] of 5',
	'DATA 1 [21] of 1 END_STREAM',
	'DATA 1 [] of 0',
	'DATA 1 [] of 0 END_STREAM',
	'DATA 1 [6869] of 6',
	'DATA 1 [6869] of 3',
	'DATA 1 [] of 4 END_STREAM',
	'DATA 1 [] of 1',
	':method: GET\n:scheme: http\n:path: /\nSECTION 1 promises 2 size 123',
	':method: GET\n:scheme: http\n:path: /\nSECTION 1 promises 4 size 123',
	':method: GET\n:scheme: http\n:path: /\nSECTION 1 promises 6 size 123',
	'PRIORITY 3 2147483649 255',
	'RST_STREAM 1 4294967294',
	'GOAWAY 2147483647 11 0\nBODY []',
	'GOAWAY 3 0 3\nBODY [627965]',
	'WINDOW_UPDATE 0 2147483647',
	'WINDOW_UPDATE 1 1',
	'UNKNOWN 16 0 5',
	'UNKNOWN 255 7 0',
];
