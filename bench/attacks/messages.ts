// Attacks with heads, trailers and the syntax of messages. The limits that end most of them have tests in test/scenarios; here
// they must end before they cost much.

import * as FrameFlag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { type Answer, type Attack, BOTH, HTTP2, HTTP11, MIB, repeat } from './attack.ts';

const NOTHING = new Uint8Array(0);
const AMOUNT = 4 * MIB;

/** Writes `bytes` again and again. */
async function flood(answer: Answer, bytes: Uint8Array): Promise<void> {
	const batch = repeat(bytes, Math.ceil(65_536 / bytes.length));
	for (let sent = 0; sent < AMOUNT * answer.scale && !answer.gone; sent += batch.length) await answer.write(batch);
}

const text = (characters: string): Buffer => Buffer.from(characters, 'latin1');

function attack(name: string, versions: Attack['versions'], answer: Attack['answer']): Attack {
	return {
		name,
		versions,
		answer,
		perform: async (conn) => {
			await (await conn.roundTrip('GET', '/')).bytes();
		},
	};
}

export const messageAttacks: readonly Attack[] = [
	attack('1xx responses', BOTH, async (answer) => {
		const { version, frame } = answer;
		// 0x08: a literal value for `:status`, of three characters.
		const head = Buffer.concat([Buffer.of(0x08, 3), text('103')]);
		const http2 = version === 'HTTP/2' ? frame(FrameType.HEADERS, FrameFlag.END_HEADERS, head) : NOTHING;
		await flood(answer, version === 'HTTP/2' ? http2 : text('HTTP/1.1 103 Early Hints\r\n\r\n'));
	}),
	attack('an endless header section', BOTH, async (answer) => {
		if (answer.version === 'HTTP/1.1') {
			await answer.write(text('HTTP/1.1 200 OK\r\n'));
			return flood(answer, text('a: b\r\n'));
		}
		await answer.write(answer.frame(FrameType.HEADERS, 0, Buffer.of(0x88)));
		await flood(answer, answer.frame(FrameType.CONTINUATION, 0, Buffer.of(0x90)));
	}),
	attack('endless trailers', HTTP11, async (answer) => {
		await answer.head();
		await answer.write(text('0\r\n'));
		await flood(answer, text('a: b\r\n'));
	}),
	attack('empty CONTINUATION', HTTP2, async (answer) => {
		await answer.write(answer.frame(FrameType.HEADERS, 0, Buffer.of(0x88)));
		await flood(answer, answer.frame(FrameType.CONTINUATION, 0, NOTHING));
	}),
	attack('chunk extensions', HTTP11, async (answer) => {
		await answer.head();
		await flood(answer, text(`1;${'a'.repeat(1000)}\r\na\r\n`));
		await answer.end();
	}),
	attack('line breaks before a response', HTTP11, async (answer) => {
		await flood(answer, text('\r\n'));
		await answer.head();
		await answer.end();
	}),
	attack('unasked responses', HTTP11, async (answer) => {
		await answer.head();
		await answer.end();
		await flood(answer, text('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
	}),
];
