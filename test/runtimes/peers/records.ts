// What servers saw, by the keys that the exchanges chose: an exchange asks for it with `GET /seen/KEY`, and gets it as soon
// as it is known.

export class Records {
	readonly #noted = new Map<string, string>();
	readonly #waiting = new Map<string, (value: string) => void>();

	/** The first note of a key counts. */
	note(key: string | null, value: string): void {
		if (key === null || this.#noted.has(key)) return;
		this.#noted.set(key, value);
		this.#waiting.get(key)?.(value);
		this.#waiting.delete(key);
	}

	has(key: string): boolean {
		return this.#noted.has(key);
	}

	seen(key: string): Promise<string> {
		const value = this.#noted.get(key);
		return value !== undefined ? Promise.resolve(value) : new Promise((resolve) => this.#waiting.set(key, resolve));
	}
}

export const records: Records = new Records();
