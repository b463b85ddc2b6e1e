// RFC 7541 §2.3, §4: a dynamic table that holds only sizes. The host keeps the strings, by ref:
//
//   ref 1..61     static table, by index
//   ref 62 + n    dynamic table: n is the number of the insertion, modulo TABLE_ENTRIES
//
// So the ref of an entry never changes, while its HPACK index changes with each insertion.

import { DYNAMIC_REF, ENTRY_OVERHEAD, STATIC_ENTRIES, TABLE_ENTRIES } from '../shared/limit';
import { STATIC_LENGTHS } from './static-table';

/** The ring of entries follows the state. An entry is its size, then name length | faults << 24. */
const RING: usize = 16;

@unmanaged
export class DynamicTable {
	/** Maximum size in bytes, counted as in RFC 7541 §4.1. */
	capacity: u32;
	size: u32;
	/** Insertions and evictions since `reset`, both modulo 2^32. */
	inserted: u32;
	evicted: u32;

	reset(capacity: u32): void {
		this.capacity = capacity;
		this.size = 0;
		this.inserted = 0;
		this.evicted = 0;
	}

	/** §4.3 */
	resize(capacity: u32): void {
		this.capacity = capacity;
		this.evict(capacity);
	}

	/** §4.4. Returns the ref of the new entry, or 0 if it is larger than the table, which is empty then. */
	insert(nameLength: u32, valueLength: u32, faults: u32): u32 {
		const size = nameLength + valueLength + ENTRY_OVERHEAD;
		if (size > this.capacity) {
			this.evict(0);
			return 0;
		}
		this.evict(this.capacity - size);
		const slot = this.inserted & (TABLE_ENTRIES - 1);
		const at = changetype<usize>(this) + RING + (slot << 3);
		store<u32>(at, size);
		store<u32>(at, nameLength | (faults << 24), 4);
		this.inserted++;
		this.size += size;
		return DYNAMIC_REF + slot;
	}

	/** The ref of an HPACK index of either table, or 0 if there is no such entry. */
	refOf(index: u32): u32 {
		if (index <= <u32>STATIC_ENTRIES) return index;
		const age = index - STATIC_ENTRIES;
		if (age > this.inserted - this.evicted) return 0;
		return DYNAMIC_REF + ((this.inserted - age) & (TABLE_ENTRIES - 1));
	}

	/** The HPACK index of an entry that has not been evicted. */
	indexOf(ref: u32): u32 {
		if (ref <= <u32>STATIC_ENTRIES) return ref;
		return STATIC_ENTRIES + 1 + ((this.inserted - 1 - (ref - DYNAMIC_REF)) & (TABLE_ENTRIES - 1));
	}

	/** The size of an entry, including its overhead. */
	entrySize(ref: u32): u32 {
		if (ref > <u32>STATIC_ENTRIES) return load<u32>(this.slotOf(ref));
		const at = STATIC_LENGTHS + ((ref - 1) << 1);
		return <u32>load<u8>(at) + load<u8>(at, 1) + ENTRY_OVERHEAD;
	}

	nameLength(ref: u32): u32 {
		if (ref > <u32>STATIC_ENTRIES) return load<u32>(this.slotOf(ref), 4) & 0xffffff;
		return load<u8>(STATIC_LENGTHS + ((ref - 1) << 1));
	}

	/** The section faults of an entry: see shared/event.ts. */
	faults(ref: u32): u32 {
		return ref > <u32>STATIC_ENTRIES ? load<u32>(this.slotOf(ref), 4) >> 24 : 0;
	}

	private slotOf(ref: u32): usize {
		return changetype<usize>(this) + RING + ((ref - DYNAMIC_REF) << 3);
	}

	private evict(limit: u32): void {
		while (this.size > limit) {
			this.size -= load<u32>(changetype<usize>(this) + RING + ((this.evicted & (TABLE_ENTRIES - 1)) << 3));
			this.evicted++;
		}
	}
}
