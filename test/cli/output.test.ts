// Writing bodies to files and streams: unchanged, with back-pressure, and with clear errors.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { FileError } from '../../src/cli/errors.ts';
import { checkOutputFile, writeToFile, writeToStream } from '../../src/cli/output.ts';

const folder = mkdtempSync(join(tmpdir(), 'hyper-output-'));
after(() => rmSync(folder, { recursive: true }));

/** A body that records how far it was read and whether it was closed. */
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
	test('writeToFile replaces the content of a file with every byte of the body', async () => {
		const path = join(folder, 'whole');
		writeFileSync(path, 'something longer than what follows');
		await writeToFile(source(['\x00\xff\r\n', '', 'end']).body, path);
		assert.deepEqual(readFileSync(path, 'latin1'), '\x00\xff\r\nend');
	});

	test('writeToFile continues a file from a byte, and calls onWritten after each chunk', async () => {
		const path = join(folder, 'continued');
		writeFileSync(path, 'begin ');
		const lengths: number[] = [];
		await writeToFile(source(['and', ' end']).body, path, {
			from: 6,
			onWritten: (bytes) => {
				lengths.push(bytes);
				assert.equal(readFileSync(path).length, 6 + lengths.reduce((sum, length) => sum + length));
			},
		});
		assert.equal(readFileSync(path, 'latin1'), 'begin and end');
		assert.deepEqual(lengths, [3, 4]);
	});

	test('a folder, and a file in a missing one, cannot be written to', async () => {
		await checkOutputFile(join(folder, 'new'));
		await assert.rejects(checkOutputFile(folder), /^FileError: cannot write to .*: it is a folder$/);
		await assert.rejects(checkOutputFile(join(folder, 'none', 'x')), /^FileError: .*: its folder does not exist$/);
	});

	test('a full disk rejects with the error of the write', async (t) => {
		if (!existsSync('/dev/full')) return t.skip('no /dev/full on this system');
		const { state, body } = source(['a', 'b']);
		await assert.rejects(writeToFile(body, '/dev/full'), /^FileError: cannot write to \/dev\/full: ENOSPC/);
		assert.deepEqual(state, { read: 1, closed: true });
	});

	test('an empty body creates an empty file', async () => {
		const path = join(folder, 'empty');
		await writeToFile(source([]).body, path);
		assert.equal(readFileSync(path).length, 0);
	});

	for (const chunks of [[], ['a', 'b']]) {
		test(`a file that cannot be created is a FileError that names it, with ${chunks.length} chunks`, async () => {
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

	test('writeToStream reads the next chunk when the last one is written', async () => {
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

	test('writeToStream resolves with false when the reader has closed the stream', async () => {
		const { state, body } = source(['a', 'b', 'c']);
		assert.equal(await writeToStream(body, failing('EPIPE')), false);
		assert.deepEqual(state, { read: 1, closed: true });
	});

	test('any other error of the stream is a FileError', async () => {
		const { state, body } = source(['a', 'b', 'c']);
		await assert.rejects(
			writeToStream(body, failing('ENOSPC')),
			/^FileError: cannot write to standard output: ENOSPC$/,
		);
		assert.equal(state.closed, true);
	});

	test('an error of the body rejects unchanged and leaves what was written', async () => {
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
