// How the consoles of Node, Deno and Bun, which use the same hook, show our objects: with the values that users need
// instead of internals. Nothing is computed before the console calls the hook.

/** The console's own `inspect`. `options` has the colours and the remaining depth. */
type Inspect = (value: unknown, options: object) => string;

/**
 * Shows each object with this prototype as `HTTP20Response { status: 200, ... }`: the name of its class, and what
 * `describe` returns. At the depth limit of the console, only the name is shown.
 */
export function showInConsole<T extends object>(prototype: T, describe: (object: T) => object): void {
	defineInspection(prototype, (object, depth, options, inspect) => {
		const { name } = object.constructor;
		return depth < 0 ? `[${name}]` : `${name} ${inspect(describe(object), options)}`;
	});
}

/** Sets the method that the console calls. `depth` is the number of levels still shown; below 0, no more are shown. */
export function defineInspection<T extends object>(
	prototype: T,
	show: (object: T, depth: number, options: object, inspect: Inspect) => string,
): void {
	// Defined at run time, because with isolatedDeclarations a class cannot have a method whose name is this symbol.
	Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
		value(this: T, depth: number, options: object, inspect: Inspect): string {
			return show(this, depth, options, inspect);
		},
	});
}
