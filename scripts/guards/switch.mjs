// The switch of every guard, copied to the instrumented tree. A guard that is about to take effect asks `$guard(number)`, and
// does so if that is true; the names collide with no other. HYPER_GUARD is the number of the guard that is removed. If HYPER_GUARDS_LOG names a file, each
// number is appended to it when its guard takes effect for the first time in this process.

import { appendFileSync } from 'node:fs';

const removed = Number(process.env.HYPER_GUARD ?? -1);
const log = process.env.HYPER_GUARDS_LOG;
const logged = new Set();

export function $guard(number) {
	if (log !== undefined && !logged.has(number)) {
		logged.add(number);
		appendFileSync(log, `${number}\n`);
	}
	return number !== removed;
}

/** `guards`: pairs of an argument's index, and the number of the guard whose removal drops it. */
export function $clamp(bound, guards, ...args) {
	const value = bound(...args);
	for (const [index, number] of guards) {
		const unbound = bound(...args.filter((_, i) => i !== index));
		if (unbound !== value && !$guard(number)) return unbound;
	}
	return value;
}
