// A map from stream id to what belongs to the stream. Ids grow and streams come and go by the hundred thousand: a Map
// leaves its outgrown tables, and all that they held, to the major garbage collector, which cost as much CPU as all the
// rest of a request (measured). Open addressing with linear probing; the usual id is in its own place.

const FIRST_CAPACITY = 64;

export class StreamTable<T> {
	/** By place: 0 is empty, as no stream has that id. */
	#ids = new Int32Array(FIRST_CAPACITY);
	#items: (T | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
	#mask = FIRST_CAPACITY - 1;
	#size = 0;

	get size(): number {
		return this.#size;
	}

	get(id: number): T | undefined {
		return this.#items[this.#find(id)];
	}

	set(id: number, item: T): void {
		let place = this.#find(id);
		if (this.#ids[place] === 0) {
			// Half of the places are empty, so that probes are short.
			if (++this.#size * 2 > this.#ids.length) {
				this.#grow();
				place = this.#find(id);
			}
			this.#ids[place] = id;
		}
		this.#items[place] = item;
	}

	/** False when there was none. */
	delete(id: number): boolean {
		let hole = this.#find(id);
		if (this.#ids[hole] === 0) return false;
		this.#size--;
		// Whoever was pushed on by the entry moves up, else a probe would end at the hole.
		for (let place = hole; ; ) {
			this.#ids[hole] = 0;
			this.#items[hole] = undefined;
			for (;;) {
				place = (place + 1) & this.#mask;
				const other = this.#ids[place] as number;
				if (other === 0) return true;
				const home = (other >>> 1) & this.#mask;
				if (((place - home) & this.#mask) >= ((place - hole) & this.#mask)) break;
			}
			this.#ids[hole] = this.#ids[place] as number;
			this.#items[hole] = this.#items[place];
			hole = place;
		}
	}

	/** All ids, in no order; the table may change meanwhile. */
	ids(): number[] {
		return Array.from(this.#ids).filter((id) => id !== 0);
	}

	/** All items, in no order; the table may change meanwhile. */
	values(): T[] {
		return this.#items.filter((item): item is T => item !== undefined);
	}

	/** The place of the id, or the empty one where it would go. */
	#find(id: number): number {
		const ids = this.#ids;
		const mask = this.#mask;
		let place = (id >>> 1) & mask;
		for (let found = ids[place]; found !== id && found !== 0; found = ids[place]) place = (place + 1) & mask;
		return place;
	}

	#grow(): void {
		const ids = this.#ids;
		const items = this.#items;
		this.#ids = new Int32Array(ids.length * 2);
		this.#items = new Array(ids.length * 2).fill(undefined);
		this.#mask = ids.length * 2 - 1;
		for (let i = 0; i < ids.length; i++) {
			const id = ids[i] as number;
			if (id === 0) continue;
			const place = this.#find(id);
			this.#ids[place] = id;
			this.#items[place] = items[i];
		}
	}
}
