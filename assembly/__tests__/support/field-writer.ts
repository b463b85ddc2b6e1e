// The host's half of HPACK encoding: it keeps the strings and chooses representations as RFC 7541 appendix C does. A field
// that is in a table is written as its index, any other as a literal that is inserted, with an indexed name if possible.

import { DynamicTable } from '../../hpack/table';
import { beginBlock, encodeIndexed, encodeInserted } from '../../index';
import { ARENA, ENCODER_TABLE, OUTPUT } from '../../memory';
import { DYNAMIC_REF, TABLE_ENTRIES } from '../../shared/limit';
import { hexAt, putText } from './bytes';
import { STATIC_FIELDS } from './static-fields';

export class FieldWriter {
	private fields: string[] = STATIC_FIELDS.concat(new Array<string>(TABLE_ENTRIES + 1).fill(''));

	/** A block of lines `name: value`. */
	write(lines: string): string {
		const table = changetype<DynamicTable>(ENCODER_TABLE);
		let at = beginBlock(OUTPUT);
		const fields = lines.split('\n');
		for (let i = 0; i < fields.length; i++) {
			const field = fields[i];
			const colon = field.indexOf(': ', 1);
			const whole = this.find(field, field.length);
			if (whole != 0) {
				at = encodeIndexed(at, whole);
				continue;
			}
			const name = this.find(field, colon + 2);
			if (name == 0) putText(putText(ARENA, field.slice(0, colon)), field.slice(colon + 2));
			else putText(ARENA, field.slice(colon + 2));
			const slot = table.inserted % TABLE_ENTRIES;
			const before = table.inserted;
			at = encodeInserted(at, name, colon, field.length - colon - 2);
			if (table.inserted != before) this.fields[DYNAMIC_REF + slot - 1] = field;
		}
		return hexAt(OUTPUT, <u32>(at - OUTPUT));
	}

	/** The ref of the first entry that begins with `length` characters of `field`, or equals it if it has that length. */
	private find(field: string, length: i32): u32 {
		const table = changetype<DynamicTable>(ENCODER_TABLE);
		for (let index: u32 = 1; table.refOf(index) != 0; index++) {
			const ref = table.refOf(index);
			const entry = this.fields[ref - 1];
			if (entry.startsWith(field.slice(0, length)) && (length < field.length || entry.length == length)) return ref;
		}
		return 0;
	}
}
