// What the console of Node shows of an object of ours, and those of Deno and Bun, which ask for it in the same way: what
// its reader needs instead of its internals. Nothing is prepared before the console asks.

/** The console's own function. `options` has the colours, and the depth that is left. */
type Inspect = (value: unknown, options: object) => string;

/**
 * Shows each object with this prototype as `HTTP20Response { status: 200, ... }`: the name of its class, and what
 * `describe` returns. Where the console goes no deeper it shows only the name.
 */
export function showInConsole<T extends object>(prototype: T, describe: (object: T) => object): void {
	defineInspection(prototype, (object, depth, options, inspect) => {
		const { name } = object.constructor;
		return depth < 0 ? `[${name}]` : `${name} ${inspect(describe(object), options)}`;
	});
}

/** Sets what the console calls; `depth` is how many levels it still goes down, below 0 when none. */
export function defineInspection<T extends object>(
	prototype: T,
	show: (object: T, depth: number, options: object, inspect: Inspect) => string,
): void {
	// By the name of its symbol: with isolatedDeclarations a class cannot have a method of that name.
	Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
		value(this: T, depth: number, options: object, inspect: Inspect): string {
			return show(this, depth, options, inspect);
		},
	});
}
