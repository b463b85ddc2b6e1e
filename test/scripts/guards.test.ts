// `npm run guards` itself takes long and is run by hand. These tests show that it finds the guards, and that a test notices
// when its switch removes one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Guard {
	key: string;
	kind: string;
	file: string;
	line: number;
	text: string;
}

interface Edit {
	guards: Guard[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (path: string) => import(pathToFileURL(join(root, path)).href);
const {
	applyEdits,
	findGuards,
}: {
	findGuards(file: string, code: string): Edit[];
	applyEdits(code: string, edits: readonly Edit[], numberOf: (guard: Guard) => number): string;
} = await load('scripts/guards/find.mjs');
const { listGuards }: { listGuards(): Guard[] } = await load('scripts/guards/tree.mjs');
const { unobservable }: { unobservable: Map<string, string> } = await load('scripts/guards/unobservable.mjs');

const guards = listGuards();

function has(file: string, kind: string, text: string): boolean {
	return guards.some((guard) => guard.file === file && guard.kind === kind && guard.text.startsWith(text));
}

test('the guards of the sources are found, with names that differ', () => {
	assert.ok(guards.length > 1000, `${guards.length} guards`);
	assert.equal(new Set(guards.map(({ key }) => key)).size, guards.length);
	assert.ok(has('src/session/receiver.ts', 'release', 'core.flow.consumeWithoutStream('), 'window of DATA that fails');
	assert.ok(has('src/connection/replay.ts', 'predicate', 'pending.replays > MAX_REPLAYS'), 'bound on replays');
	assert.ok(has('src/http11/wire.ts', 'refusal', 'this.#persistence.isDoubtful'), 'what a lax parser accepts');
	assert.ok(has('assembly/hpack/decoder.ts', 'choice', 'size > 0xffffffff - sectionSize'), 'sum of sizes in 32 bits');
});

test('each guard that cannot be observed exists, and has a reason', () => {
	const keys = new Set(guards.map(({ key }) => key));
	for (const [key, reason] of unobservable) {
		assert.ok(keys.has(key), key);
		assert.match(reason, /^[A-Z].*\.$/, key);
	}
});

const SAMPLE = `
let state = 'open';
const LIMIT = 3;
export function refuse(value) { if (value === null || value < 0) throw new RangeError('no'); return value; }
export let closed = 0;
export function close() { if (state === 'closed') return; state = 'closed'; closed++; }
export function collect(list) { const kept = []; for (const each of list) if (kept.length < LIMIT) kept.push(each); return kept; }
export function clamped(value) { return Math.min(value, LIMIT); }
export function isEven(value): boolean { return Number.isInteger(value) && value % 2 === 0; }
function checkName(name) { if (name === '') throw new TypeError('empty'); }
export function named(name) { checkName(name); return name; }
export function fault(value): string | null { return value > LIMIT ? fail('too much') : null; }
function fail(text) { return text; }
export function discard(window) { if (window.bad) { window.consume(1); return fail('bad'); } return ''; }
`;

/** For each guard of the sample, in the order of the guards: its kind, and a statement that throws without it. */
const NOTICED: readonly [kind: string, statement: string][] = [
	['refusal', 'assert.throws(() => m.refuse(null))'],
	['refusal', 'assert.throws(() => m.refuse(-1))'],
	['state', 'm.close(); m.close(); assert.equal(m.closed, 1)'],
	['limit', 'assert.equal(m.collect([1, 2, 3, 4]).length, 3)'],
	['clamp', 'assert.equal(m.clamped(9), 3)'],
	['predicate', 'assert.equal(m.isEven("4"), false)'],
	['predicate', 'assert.equal(m.isEven(1), false)'],
	['refusal', "assert.throws(() => m.named(''))"],
	['check', "assert.throws(() => m.named(''))"],
	['choice', "assert.equal(m.fault(4), 'too much')"],
	['refusal', "assert.equal(m.discard({ bad: true, consume() {} }), 'bad')"],
	['release', 'let sum = 0; m.discard({ bad: true, consume(n) { sum += n; } }); assert.equal(sum, 1)'],
];

test('a guard of each kind is removed by its number, and what takes effect is logged', () => {
	const folder = mkdtempSync(join(tmpdir(), 'hyper-guards-'));
	after(() => rmSync(folder, { recursive: true }));
	const edits = findGuards('sample.ts', SAMPLE);
	const found: string[] = [];
	const code = applyEdits(SAMPLE, edits, ({ kind }) => found.push(kind) - 1);
	assert.deepEqual(
		found,
		NOTICED.map(([kind]) => kind),
	);
	cpSync(join(root, 'scripts/guards/switch.mjs'), join(folder, 'switch.mjs'));
	const plain = code.replaceAll(/\): (boolean|string \| null) \{/g, ') {');
	writeFileSync(join(folder, 'sample.mjs'), `import { $clamp, $guard } from './switch.mjs';${plain}`);
	const log = join(folder, 'log');
	const run = (statement: string, env: Record<string, string>) => {
		const script = `import assert from 'node:assert/strict'; import * as m from './sample.mjs'; ${statement}`;
		const args = ['--input-type=module', '--eval', script];
		return spawnSync(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } }).status;
	};
	const all = NOTICED.map(([, statement]) => `{ ${statement}; }`).join('\n');
	assert.equal(run(all, { HYPER_GUARDS_LOG: log }), 0, 'with all guards');
	for (const [number, [kind, statement]] of NOTICED.entries()) {
		assert.equal(run(statement, { HYPER_GUARD: String(number) }), 1, `${kind} ${statement} without its guard`);
	}
	const logged = new Set(readFileSync(log, 'utf8').trim().split('\n').map(Number));
	assert.deepEqual(
		[...logged].sort((a, b) => a - b),
		[...NOTICED.keys()],
	);
});
