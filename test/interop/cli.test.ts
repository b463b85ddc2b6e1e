// The built program against other people's servers: 100 MiB byte for byte, at the reader's pace.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hyper, startHyper } from '../cli/support.ts';
import { testCertificates } from '../support/certificates.ts';
import {
	addBigDocument,
	documentBytes,
	documentLength,
	requireServer,
	type ServerName,
	startServer,
} from '../support/servers.ts';

/** How much the program may grow while 100 MiB are not read: the stream's window and garbage that is not yet collected. */
const MOST_HELD = 48 * 1024 * 1024;

describe('the built program', () => {
	let folder: string;
	let caFile: string;
	let expected: string;

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), 'hyper-cli-'));
		caFile = join(folder, 'ca.pem');
		writeFileSync(caFile, (await testCertificates()).ca);
		expected = await hash(createReadStream(addBigDocument()));
	});

	after(() => rmSync(folder, { recursive: true }));

	for (const name of ['nghttpd', 'nginx'] satisfies ServerName[]) {
		test(`the built program writes 100 MiB from ${name} over TLS to standard output`, async (t) => {
			if (!requireServer(t, name)) return;
			const server = await startServer(name);
			t.after(() => server.stop());
			const child = start(['--cacert', caFile, `https://localhost:${server.tls.port}/big-100m`]);
			const [found] = await Promise.all([hash(child.stdout), assertWell(child)]);
			assert.equal(found, expected);
		});

		test(`the built program writes 100 MiB from ${name} with prior knowledge into a file`, async (t) => {
			if (!requireServer(t, name)) return;
			const server = await startServer(name);
			t.after(() => server.stop());
			const file = join(folder, name);
			await assertWell(start(['--h2', '-o', file, `http://127.0.0.1:${server.clear.port}/big-100m`]));
			assert.equal(await hash(createReadStream(file)), expected);
			rmSync(file);
		});
	}

	for (const [name, line] of [
		['nginx', /^$/],
		['apache', /^$/],
		['nghttpd', /^hyper: the server ignored the range: downloading .* from the start\n$/],
	] satisfies [ServerName, RegExp][]) {
		test(`the built program continues a download from ${name}`, async (t) => {
			if (!requireServer(t, name)) return;
			const server = await startServer(name);
			t.after(() => server.stop());
			const file = join(folder, `${name}-continued`);
			writeFileSync(file, documentBytes('1m').subarray(0, 400_000));
			const args = ['--cacert', caFile, '-c', '-o', file, `https://localhost:${server.tls.port}/1m`];
			const child = start(args);
			const [stderr, [status]] = await Promise.all([child.stderr.toArray(), child.exit]);
			assert.match(Buffer.concat(stderr).toString(), line);
			assert.equal(status, 0);
			assert.ok(readFileSync(file).equals(documentBytes('1m')));
		});
	}

	for (const name of ['nginx', 'apache'] satisfies ServerName[]) {
		test(`the built program speaks HTTP/1.1 with ${name} if --http1.1 is given`, async (t) => {
			if (!requireServer(t, name)) return;
			const server = await startServer(name);
			t.after(() => server.stop());
			for (const url of [`https://localhost:${server.tls.port}/1m`, `http://127.0.0.1:${server.plain.port}/1m`]) {
				const child = start(['--cacert', caFile, '--http1.1', '--headers', url]);
				const [body, stderr, [status]] = await Promise.all([
					child.stdout.toArray(),
					child.stderr.toArray(),
					child.exit,
				]);
				assert.equal(status, 0, Buffer.concat(stderr).toString());
				assert.match(Buffer.concat(stderr).toString(), /^HTTP\/1\.1 200 OK\n/);
				assert.ok(Buffer.concat(body).equals(documentBytes('1m')));
			}
		});
	}

	test('the built program buffers little of a body whose reader pauses', async (t) => {
		if (!requireServer(t, 'nghttpd')) return;
		if (!existsSync('/proc/self/status')) return t.skip('there is no /proc to read the memory of a process from');
		const server = await startServer('nghttpd');
		t.after(() => server.stop());
		const child = start(['--cacert', caFile, `https://localhost:${server.tls.port}/big-100m`]);
		const sum = createHash('sha256');
		let length = 0;
		let baseline = 0;
		let peak = 0;
		let stalls = 0;
		for await (const chunk of child.stdout) {
			sum.update(chunk);
			length += chunk.length;
			if (baseline === 0) baseline = residentBytes(child);
			if (length < (stalls + 1) * 20_000_000) continue;
			stalls++;
			await sleep(300);
			peak = Math.max(peak, residentBytes(child));
		}
		await child.exit;
		assert.equal(length, documentLength('big-100m'));
		assert.equal(sum.digest('hex'), expected);
		assert.equal(stalls, 5);
		t.diagnostic(`resident: ${mebibytes(baseline)} MiB at the first bytes, ${mebibytes(peak)} MiB in pauses`);
		assert.ok(baseline > 0 && peak - baseline < MOST_HELD, `${mebibytes(peak - baseline)} MiB more`);
	});
});

function start(args: readonly string[]): Hyper {
	return startHyper(args, { built: true });
}

async function assertWell(child: Hyper): Promise<void> {
	child.stdout.on('error', () => {});
	const [stderr, [status]] = await Promise.all([child.stderr.toArray(), child.exit]);
	assert.equal(Buffer.concat(stderr).toString(), '');
	assert.equal(status, 0);
}

async function hash(stream: Readable): Promise<string> {
	const sum = createHash('sha256');
	for await (const chunk of stream) sum.update(chunk);
	return sum.digest('hex');
}

function residentBytes(child: Hyper): number {
	const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
	return Number(kibibytes) * 1024;
}

function mebibytes(bytes: number): number {
	return Math.round(bytes / 1024 / 1024);
}
