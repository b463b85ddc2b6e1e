import { DynamicTable } from '../hpack/table';
import { DECODER_TABLE, ENCODER_TABLE } from '../memory';
import { DYNAMIC_REF, ENGINE_MAX_TABLE, STATIC_ENTRIES, TABLE_ENTRIES } from '../shared/limit';
import { STATIC_FIELDS } from './support/static-fields';

const table = changetype<DynamicTable>(DECODER_TABLE);

/** The refs and sizes of the entries in the table, newest first. */
function living(): string {
	const entries: string[] = [];
	for (let index: u32 = STATIC_ENTRIES + 1; table.refOf(index) != 0; index++) {
		entries.push(table.refOf(index).toString() + ':' + table.entrySize(table.refOf(index)).toString());
	}
	return entries.join(' ');
}

/** Whether index -> ref -> index returns the same index for every entry, and the sizes add up. */
function isConsistent(): bool {
	let size: u32 = 0;
	let entries: u32 = 0;
	for (let index: u32 = 1; table.refOf(index) != 0; index++) {
		const ref = table.refOf(index);
		if (table.indexOf(ref) != index) return false;
		if (index <= <u32>STATIC_ENTRIES) continue;
		size += table.entrySize(ref);
		entries++;
	}
	return size == table.size && size <= table.capacity && entries == table.inserted - table.evicted;
}

describe('static table', () => {
	test("the static table's entries have the sizes of RFC 7541 appendix A", () => {
		expect(STATIC_FIELDS.length).toBe(STATIC_ENTRIES);
		for (let index = 1; index <= STATIC_ENTRIES; index++) {
			const field = STATIC_FIELDS[index - 1];
			expect(table.entrySize(index)).toBe(field.length - 2 + 32, field);
			expect(table.nameLength(index)).toBe(field.indexOf(': '), field);
			expect(table.faults(index)).toBe(0, field);
		}
	});

	test('the references of the static table are its indexes', () => {
		table.reset(4096);
		expect(table.refOf(1)).toBe(1);
		expect(table.refOf(61)).toBe(61);
		expect(table.refOf(62)).toBe(0);
		expect(table.indexOf(61)).toBe(61);
	});
});

describe('dynamic table', () => {
	beforeEach(() => {
		table.reset(4096);
	});

	test('the size of a table entry is its bytes and 32', () => {
		expect(table.insert(10, 13, 0)).toBe(DYNAMIC_REF);
		expect(table.size).toBe(55);
		expect(table.entrySize(DYNAMIC_REF)).toBe(55);
		expect(table.nameLength(DYNAMIC_REF)).toBe(10);
		expect(table.insert(0, 0, 0)).toBe(DYNAMIC_REF + 1);
		expect(table.size).toBe(87);
	});

	test('index 62 is the newest entry, and a reference stays valid', () => {
		table.insert(1, 0, 0);
		table.insert(2, 0, 0);
		table.insert(3, 0, 0);
		expect(living()).toBe('64:35 63:34 62:33');
		expect(table.indexOf(62)).toBe(64);
		table.insert(4, 0, 0);
		expect(table.indexOf(62)).toBe(65);
		expect(table.nameLength(62)).toBe(1);
	});

	test('an index beyond the last entry has no reference', () => {
		table.insert(1, 0, 0);
		expect(table.refOf(62)).toBe(62);
		expect(table.refOf(63)).toBe(0);
		expect(table.refOf(0x0fffffff)).toBe(0);
		expect(table.refOf(0xffffffff)).toBe(0);
	});

	test('faults and long names are kept with their table entry', () => {
		table.reset(ENGINE_MAX_TABLE);
		table.insert(ENGINE_MAX_TABLE - 64, 0, 6);
		table.insert(0, 0, 2);
		expect(table.faults(62)).toBe(6);
		expect(table.nameLength(62)).toBe(ENGINE_MAX_TABLE - 64);
		expect(table.faults(63)).toBe(2);
		expect(table.size).toBe(ENGINE_MAX_TABLE);
		expect(table.evicted).toBe(0);
	});

	test('the oldest entries are evicted until the new one fits', () => {
		table.reset(100);
		table.insert(10, 0, 0);
		table.insert(20, 0, 0);
		expect(living()).toBe('63:52 62:42');
		// 94 + 38 - 42 bytes fit, so only the oldest entry is evicted.
		table.insert(6, 0, 0);
		expect(living()).toBe('64:38 63:52');
		expect(table.evicted).toBe(1);
		// An entry of 80 bytes evicts both.
		table.insert(48, 0, 0);
		expect(living()).toBe('65:80');
		expect(table.evicted).toBe(3);
	});

	test('a table entry may fill the table to the last byte', () => {
		table.reset(100);
		table.insert(18, 0, 0);
		expect(table.insert(18, 0, 0)).toBe(63);
		expect(table.size).toBe(100);
		expect(table.evicted).toBe(0);
		expect(table.insert(68, 0, 0)).toBe(64);
		expect(living()).toBe('64:100');
	});

	test('an entry larger than the table empties it without an error', () => {
		table.reset(100);
		table.insert(10, 0, 0);
		table.insert(10, 0, 0);
		expect(table.insert(69, 0, 0)).toBe(0);
		expect(table.size).toBe(0);
		expect(table.evicted).toBe(2);
		expect(table.inserted).toBe(2);
		expect(table.insert(10, 0, 0)).toBe(64);
	});

	test('a table of size 0 holds no entry', () => {
		table.reset(0);
		expect(table.insert(0, 0, 0)).toBe(0);
		expect(table.refOf(62)).toBe(0);
	});

	test('a smaller table size evicts entries, and a larger one does not restore them', () => {
		table.insert(8, 0, 0);
		table.insert(18, 0, 0);
		table.insert(28, 0, 0);
		table.resize(110);
		expect(living()).toBe('64:60 63:50');
		table.resize(109);
		expect(living()).toBe('64:60');
		table.resize(4096);
		expect(living()).toBe('64:60');
		expect(table.capacity).toBe(4096);
		table.resize(0);
		expect(living()).toBe('');
		expect(table.evicted).toBe(3);
	});
});

describe('the ring of entries', () => {
	test('the ring holds as many entries as the largest table can have, and their references stay valid', () => {
		table.reset(ENGINE_MAX_TABLE);
		for (let i = 0; i < TABLE_ENTRIES; i++) expect(table.insert(0, 0, 0)).toBe(DYNAMIC_REF + i);
		expect(table.evicted).toBe(0);
		expect(table.size).toBe(ENGINE_MAX_TABLE);
		expect(isConsistent()).toBeTruthy();
		expect(table.refOf(STATIC_ENTRIES + TABLE_ENTRIES)).toBe(DYNAMIC_REF);
		expect(table.refOf(STATIC_ENTRIES + TABLE_ENTRIES + 1)).toBe(0);
		// One more entry replaces the oldest.
		expect(table.insert(0, 0, 0)).toBe(DYNAMIC_REF);
		expect(table.evicted).toBe(1);
		expect(table.indexOf(DYNAMIC_REF)).toBe(62);
		expect(table.indexOf(DYNAMIC_REF + 1)).toBe(STATIC_ENTRIES + TABLE_ENTRIES);
	});

	test('the ring of entries wraps around with entries of mixed sizes', () => {
		table.reset(4096);
		let inconsistent = 0;
		let moved = 0;
		for (let i: u32 = 0; i < 10000; i++) {
			const nameLength = (i * 7) % 150;
			const ref = table.insert(nameLength, (i * 13) % 90, 0);
			const next = table.insert(1, 1, 0);
			if (table.nameLength(ref) != nameLength || table.indexOf(ref) != 63 || next == ref) moved++;
			if (i % 37 == 0 && !isConsistent()) inconsistent++;
		}
		expect(moved).toBe(0);
		expect(inconsistent).toBe(0);
		expect(table.inserted).toBe(20000);
		expect(table.evicted).toBeGreaterThan(2 * TABLE_ENTRIES);
	});

	test('the counts of insertions and evictions may exceed 2^32', () => {
		table.reset(200);
		table.inserted = 0xfffffffe;
		table.evicted = 0xfffffffe;
		let inconsistent = 0;
		for (let i = 0; i < 16; i++) {
			table.insert(8, 0, 0);
			if (!isConsistent()) inconsistent++;
		}
		expect(inconsistent).toBe(0);
		expect(table.inserted).toBe(14);
		expect(table.evicted).toBe(9);
		expect(living()).toBe('75:40 74:40 73:40 72:40 71:40');
	});
});

test('the tables of the decoder and the encoder are independent', () => {
	const other = changetype<DynamicTable>(ENCODER_TABLE);
	table.reset(4096);
	other.reset(ENGINE_MAX_TABLE);
	for (let i = 0; i < TABLE_ENTRIES + 5; i++) other.insert(100, 200, 7);
	expect(table.size).toBe(0);
	for (let i = 0; i < TABLE_ENTRIES + 5; i++) table.insert(1, 1, 0);
	expect(other.capacity).toBe(ENGINE_MAX_TABLE);
	expect(other.entrySize(other.refOf(62))).toBe(332);
	expect(other.faults(other.refOf(62))).toBe(7);
});
