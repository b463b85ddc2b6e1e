// Bodies written to files and streams: all octets, no faster than they are taken, and clear errors.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { FileError } from '../../src/cli/errors.ts';
import { writeToFile, writeToStream } from '../../src/cli/output.ts';

const folder = mkdtempSync(join(tmpdir(), 'hyper-output-'));
after(() => rmSync(folder, { recursive: true }));

/** A body that knows how far it was read, and whether it was closed early. */
function source(chunks: readonly string[]) {
	const state = { read: 0, closed: false };
	async function* body(): AsyncGenerator<Uint8Array> {
		try {
			for (const chunk of chunks) {
				state.read++;
				yield Buffer.from(chunk, 'latin1');
			}
		} finally {
			state.closed = true;
		}
	}
	return { state, body: body() };
}

describe('output', () => {
	test('a file gets every octet, and nothing of what it held before stays', async () => {
		const path = join(folder, 'whole');
		writeFileSync(path, 'something longer than what follows');
		await writeToFile(source(['\x00\xff\r\n', '', 'end']).body, path);
		assert.deepEqual(readFileSync(path, 'latin1'), '\x00\xff\r\nend');
	});

	test('a file that is continued keeps what it has, and each piece is told once it is written', async () => {
		const path = join(folder, 'continued');
		writeFileSync(path, 'begin ');
		const lengths: number[] = [];
		await writeToFile(source(['and', ' end']).body, path, {
			append: true,
			onWritten: (octets) => {
				lengths.push(octets);
				assert.equal(readFileSync(path).length, 6 + lengths.reduce((sum, length) => sum + length));
			},
		});
		assert.equal(readFileSync(path, 'latin1'), 'begin and end');
		assert.deepEqual(lengths, [3, 4]);
	});

	test('a full disk is one error, that of the write', async (t) => {
		if (!existsSync('/dev/full')) return t.skip('there is no /dev/full');
		const { state, body } = source(['a', 'b']);
		await assert.rejects(writeToFile(body, '/dev/full'), /^FileError: cannot write to \/dev\/full: ENOSPC/);
		assert.deepEqual(state, { read: 1, closed: true });
	});

	test('an empty body makes an empty file', async () => {
		const path = join(folder, 'empty');
		await writeToFile(source([]).body, path);
		assert.equal(readFileSync(path).length, 0);
	});

	for (const chunks of [[], ['a', 'b']]) {
		test(`a file that cannot be made is an error that names it (${chunks.length} chunks)`, async () => {
			const path = join(folder, 'missing', 'file');
			const { state, body } = source(chunks);
			await assert.rejects(
				writeToFile(body, path),
				(error: unknown) => error instanceof FileError && error.message.startsWith(`cannot write to ${path}: ENOENT`),
			);
			assert.equal(state.closed, true);
			assert.equal(existsSync(path), false);
		});
	}

	test('the next chunk is read when the last one is taken', async () => {
		const taken: (() => void)[] = [];
		const slow = new Writable({
			highWaterMark: 1_000_000,
			write(_chunk, _encoding, callback) {
				taken.push(callback);
			},
		});
		const { state, body } = source(['a', 'b', 'c']);
		const written = writeToStream(body, slow);
		for (let count = 1; count <= 3; count++) {
			while (taken.length < count) await new Promise(setImmediate);
			assert.equal(state.read, count);
			taken[count - 1]!();
		}
		assert.equal(await written, true);
		assert.equal(state.closed, true);
		assert.equal(slow.writableEnded, false);
	});

	test('a reader that has left ends the body quietly', async () => {
		const { state, body } = source(['a', 'b', 'c']);
		assert.equal(await writeToStream(body, failing('EPIPE')), false);
		assert.deepEqual(state, { read: 1, closed: true });
	});

	test('any other failure of the stream is an error', async () => {
		const { state, body } = source(['a', 'b', 'c']);
		await assert.rejects(
			writeToStream(body, failing('ENOSPC')),
			/^FileError: cannot write to standard output: ENOSPC$/,
		);
		assert.equal(state.closed, true);
	});

	test('a failure of the body comes through unchanged', async () => {
		const fault = new Error('the body failed');
		async function* body(): AsyncGenerator<Uint8Array> {
			yield Buffer.from('a');
			throw fault;
		}
		await assert.rejects(writeToFile(body(), join(folder, 'partial')), fault);
		assert.equal(readFileSync(join(folder, 'partial'), 'utf8'), 'a');
	});
});

function failing(code: string): Writable {
	return new Writable({
		write(_chunk, _encoding, callback) {
			callback(Object.assign(new Error(code), { code }));
		},
	});
}
