// Checks the options objects of the public API for unknown names and invalid values. An object is checked once, where it
// enters; later code relies on it. Leaf.

/** Throws TypeError for a value of the wrong type, RangeError for one out of range. `name` is the name of the option. */
export type OptionCheck = (value: unknown, name: string) => void;

export interface OptionSet {
	/** The owner of the options, for messages: `a connection`. */
	readonly owner: string;
	readonly checks: ReadonlyMap<string, OptionCheck>;
	/** Advice by wrong name, for names that other libraries use or that belong elsewhere. */
	readonly advice: ReadonlyMap<string, string>;
	/** Allows unknown names, because another library also reads the object, unless they resemble a known name. */
	readonly isOpen: boolean;
}

/**
 * @example
 * const PADDING = optionSet('the padding', { length: integer(0, 255) }, { size: 'write length' });
 */
export function optionSet(
	owner: string,
	checks: Readonly<Record<string, OptionCheck>>,
	advice: Readonly<Record<string, string>> = {},
	{ isOpen = false }: { isOpen?: boolean } = {},
): OptionSet {
	return { owner, checks: new Map(Object.entries(checks)), advice: new Map(Object.entries(advice)), isOpen };
}

/** Ignores undefined values, but not their names. `path` is the name of the option that contains the object, if any. */
export function checkOptions(options: unknown, set: OptionSet, path?: string): void {
	if (typeof options !== 'object' || options === null || Symbol.iterator in options)
		throw notOptions(options, set, path);
	// Includes inherited options, which reading the object would find too.
	for (const name in options) {
		const check = set.checks.get(name);
		if (check === undefined) {
			rejectUnknown(name, set, path);
			continue;
		}
		const value = (options as Record<string, unknown>)[name];
		if (value !== undefined) check(value, path === undefined ? name : `${path}.${name}`);
	}
}

export function anything(): void {}

export function boolean(value: unknown, name: string): void {
	if (typeof value !== 'boolean') throw wrongType(name, 'true or false', value);
}

export function string(value: unknown, name: string): void {
	if (typeof value !== 'string') throw wrongType(name, 'a string', value);
}

export function bytes(value: unknown, name: string): asserts value is Uint8Array {
	if (!(value instanceof Uint8Array)) throw wrongType(name, 'a Uint8Array', value);
}

export function iterable(value: unknown, name: string): void {
	if (typeof value !== 'object' || value === null || !(Symbol.iterator in value))
		throw wrongType(name, 'iterable', value);
}

export function callback(value: unknown, name: string): void {
	if (typeof value !== 'function') throw wrongType(name, 'a function', value);
}

/** `hint`: the rest of the message, after a semicolon. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER, hint?: string): OptionCheck {
	const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
	return (value, name) => {
		if (typeof value !== 'number') throw wrongType(name, 'a number', value, hint);
		if (Number.isInteger(value) && value >= least && value <= most) return;
		throw new RangeError(withHint(`${name} is ${value}, but must be an integer ${range}`, hint));
	};
}

export function number(least: number, most: number, hint?: string): OptionCheck {
	return (value, name) => {
		if (typeof value !== 'number') throw wrongType(name, 'a number', value, hint);
		if (value >= least && value <= most) return;
		throw new RangeError(withHint(`${name} is ${value}, but must be from ${least} to ${most}`, hint));
	};
}

export function oneOf(...values: readonly (string | number | boolean)[]): OptionCheck {
	return (value, name) => {
		if (values.includes(value as string | number | boolean)) return;
		const last = values
			.map(quoted)
			.join(', ')
			.replace(/, (?=[^,]*$)/, ' or ');
		throw new TypeError(`${name} is ${quoted(value)}, but must be ${last}`);
	};
}

export function listOfStrings(value: unknown, name: string): void {
	if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return;
	throw wrongType(name, 'an array of strings', value);
}

/** An object with these members, of any class. */
export function objectWith(what: string, ...members: readonly string[]): OptionCheck {
	return (value, name) => {
		const isObject = typeof value === 'object' && value !== null;
		if (!isObject || !members.every((member) => member in value)) throw wrongType(name, what, value);
	};
}

/** Checks an option that is itself an options object. */
export function nested(set: OptionSet): OptionCheck {
	return (value, name) => checkOptions(value, set, name);
}

export function nullOr(check: OptionCheck): OptionCheck {
	return (value, name) => {
		if (value !== null) check(value, name);
	};
}

/** Describes a value in a message without showing it, because it may be secret. */
export function describe(value: unknown): string {
	if (value === null || value === undefined) return String(value);
	if (Array.isArray(value)) return `an array of ${value.length}`;
	return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The known name that is equal except for case and punctuation, or a few letters off; null if no name is that close. */
export function nearestName(name: string, known: Iterable<string>): string | null {
	const plain = plainName(name);
	let nearest: string | null = null;
	let least = Number.POSITIVE_INFINITY;
	for (const candidate of known) {
		const other = plainName(candidate);
		// One letter in three may be wrong: `tsl`, `timout`, `idel`.
		const most = Math.min(3, Math.floor(Math.max(plain.length, other.length) / 3));
		const distance = editDistance(plain, other);
		if (distance > most || distance >= least) continue;
		nearest = candidate;
		least = distance;
	}
	return nearest;
}

function rejectUnknown(name: string, { owner, checks, advice, isOpen }: OptionSet, path: string | undefined): void {
	const unknown = `Unknown option ${JSON.stringify(name)} of ${path ?? owner}`;
	const instead = advice.get(name);
	if (instead !== undefined) throw new TypeError(`${unknown}: ${instead}`);
	const nearest = nearestName(name, [...checks.keys(), ...advice.keys()]);
	if (nearest !== null) {
		const meant = path === undefined ? nearest : `${path}.${nearest}`;
		throw new TypeError(`${unknown}: ${checks.has(nearest) ? `did you mean ${meant}?` : advice.get(nearest)}`);
	}
	if (!isOpen) throw new TypeError(`${unknown}, which has ${namesOf(checks)}`);
}

function notOptions(value: unknown, { owner, checks }: OptionSet, path: string | undefined): TypeError {
	const subject = path ?? `The argument with the options of ${owner}`;
	return wrongType(subject, `an object { ${namesOf(checks)} }`, value);
}

function namesOf(checks: OptionSet['checks']): string {
	return [...checks.keys()].join(', ');
}

function wrongType(name: string, what: string, value: unknown, hint?: string): TypeError {
	return new TypeError(withHint(`${name} must be ${what}, not ${describe(value)}`, hint));
}

function withHint(message: string, hint: string | undefined): string {
	return hint === undefined ? message : `${message}; ${hint}`;
}

function quoted(value: unknown): string {
	if (typeof value === 'string') return `'${value}'`;
	return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : describe(value);
}

function plainName(name: string): string {
	return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The number of insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let row = 1; row <= from.length; row++) {
		const current = [row];
		for (let column = 1; column <= to.length; column++) {
			const isSame = from[row - 1] === to[column - 1];
			let least = Math.min(
				(last[column] as number) + 1,
				(current[column - 1] as number) + 1,
				(last[column - 1] as number) + (isSame ? 0 : 1),
			);
			if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
				least = Math.min(least, (beforeLast[column - 2] as number) + 1);
			}
			current.push(least);
		}
		beforeLast = last;
		last = current;
	}
	return last[to.length] as number;
}
