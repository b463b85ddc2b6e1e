// Attacks with content in tiny pieces, or with hardly any.

import { type Answer, type Attack, BOTH, HTTP2, MIB, repeat } from './attack.ts';
import { neverRead, readAtOnce, readLater, type Subject } from './readers.ts';

/** Pieces in one write of the server. */
const BATCH = 4096;
const NOTHING = new Uint8Array(0);
const BYTE = Uint8Array.of(97);
/** More bytes than there are between empty frames. */
const FEW = MIB / 64;

const singleBytes: Subject = {
	name: 'pieces of 1 byte',
	versions: BOTH,
	overUpgrade: true,
	content: 1.25 * MIB,
	// The window of a stream; what a connection of HTTP/1.1 holds.
	held: (version) => (version === 'HTTP/2' ? MIB : 65_536),
	answer: async (answer: Answer) => {
		await answer.head();
		const batch = repeat(answer.piece(BYTE), BATCH);
		for (let sent = 0; sent < 1.25 * MIB * answer.scale && !answer.gone; sent += BATCH) {
			await answer.window(BATCH);
			await answer.write(batch);
		}
		await answer.end();
	},
};

/** Frames that `make` gives, 99 before each byte of content. These hundred frames take `window`. */
function mostlyEmpty(name: string, window: number, make: (answer: Answer) => Uint8Array): Subject {
	return {
		name: `1 byte after 99 ${name}`,
		versions: HTTP2,
		options: { limits: { glitches: 0, emptyData: 0 } },
		content: FEW,
		held: () => FEW,
		answer: async (answer: Answer) => {
			await answer.head();
			const count = Math.min(64, Math.ceil(6400 / window));
			const batch = repeat(Buffer.concat([repeat(make(answer), 99), answer.piece(BYTE)]), count);
			for (let sent = 0; sent < 10 * MIB * answer.scale && !answer.gone; sent += batch.length) {
				await answer.window(count * window);
				await answer.write(batch);
			}
			await answer.end();
		},
	};
}

// A pad length of 0 takes a byte of window.
const padded = mostlyEmpty('padded empty frames', 100, (answer) => answer.piece(NOTHING, 0));
const empty = mostlyEmpty('empty frames', 1, (answer) => answer.piece(NOTHING));
const padding = mostlyEmpty('frames of padding', 25_345, (answer) => answer.piece(NOTHING, 255));

export const contentAttacks: readonly Attack[] = [
	neverRead(singleBytes, (version) => (version === 'HTTP/2' ? 32 : 1)),
	...readAtOnce(singleBytes),
	...readLater(singleBytes),
	neverRead({ ...padded, overUpgrade: true }),
	...readAtOnce(padded),
	...readLater(padded),
	...readAtOnce(empty),
	...readAtOnce(padding),
	neverRead({ ...padded, name: `${padded.name}, limits by default`, options: {} }),
];
