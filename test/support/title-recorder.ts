// Stands in for node:test when list-titles.ts loads the test files: records the titles of tests and runs none of them.

export interface TestTitle {
	file: string;
	/** The names of the describe blocks around the test. */
	path: string[];
	title: string;
}

export const titles: TestTitle[] = [];

let currentFile = '';
const path: string[] = [];

/** Titles recorded from now on belong to this file. */
export function startFile(file: string): void {
	currentFile = file;
}

export function test(title: string): Promise<void> {
	titles.push({ file: currentFile, path: [...path], title });
	return Promise.resolve();
}

export function describe(name: string, ...rest: unknown[]): void {
	path.push(name);
	(rest.at(-1) as () => void)();
	path.pop();
}

export function before(): void {}
export { before as after, before as afterEach, before as beforeEach };

/** Only used while a test runs. */
export const mock = {};
