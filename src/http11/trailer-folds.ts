// Replaces folds in the trailer section of a response by spaces (RFC 9112 §5.2, §7.1.2). Holds nothing but a line end back, so
// that the parser decides on everything else at once, also on bare LF. Called by head-repair.ts.

import { joinBytes, latin1Bytes } from '../base/bytes.ts';

export class TrailerFolds {
	/** A line end, or half of it: the next byte shows whether the line goes on behind it. */
	#held: '' | '\r' | '\r\n' = '';
	/** How far the current line is. The end of an empty one ends the section; only a field with a value can be folded. */
	#line: 'empty' | 'name' | 'value' = 'empty';
	#isOver = false;

	/** What the parser gets for these bytes. Those behind the section are passed on. */
	push(bytes: Uint8Array): Uint8Array {
		let isChanged = this.#held !== '';
		let passed = '';
		let at = 0;
		while (at < bytes.length && !this.#isOver) {
			const character = String.fromCharCode(bytes[at++] as number);
			if (this.#held === '\r\n') {
				const isFold = character === ' ' || character === '\t';
				if (isFold) isChanged = true;
				passed += isFold ? '  ' : '\r\n';
				if (!isFold) this.#line = 'empty';
				this.#held = '';
			}
			if (character === '\r' && this.#held === '') {
				this.#held = '\r';
			} else if (character === '\n' && this.#held === '\r' && this.#line === 'value') {
				this.#held = '\r\n';
			} else {
				this.#isOver = character === '\n' && this.#held === '\r' && this.#line === 'empty';
				passed += this.#held + character;
				this.#held = '';
				if (character === '\n') this.#line = 'empty';
				else if (character === ':') this.#line = 'value';
				else if (this.#line === 'empty') this.#line = 'name';
			}
		}
		if (!isChanged && this.#held === '') return bytes;
		return joinBytes([latin1Bytes(passed), bytes.subarray(at)]);
	}
}
