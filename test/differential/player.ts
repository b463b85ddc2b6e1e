// The server of a case: reads the requests of a client, writes the bytes of the case, and notes how the client responds.

import type { Socket } from 'node:net';
import { ClientReader } from '../../src/testing/client-reader.ts';
import { type Case, endsWhole, PING } from './case.ts';
import { emptyObservation, type Observation, observe } from './outcome.ts';

/** How long a client may take to respond, in milliseconds. */
const PATIENCE = 5000;
/** How long a client may take to respond to bytes that end within a frame, after which it need not do anything. */
const SILENCE = 500;
/** How long a client may take to end the connection after its GOAWAY. */
const GRACE = 20;

/** Resolves when the connection is closed. */
export async function play(socket: Socket, each: Case): Promise<Observation> {
	const seen = emptyObservation();
	let requests = 0;
	let isGreeted = false;
	let isOver = false;
	let isClosed = false;
	let wake = (): void => undefined;
	const reader = new ClientReader(
		(frame) => {
			observe(seen, frame);
			if (frame.type === 'SETTINGS') isGreeted = true;
			if (frame.type === 'HEADERS') requests++;
		},
		(error) => socket.destroy(error),
	);
	socket.setNoDelay(true);
	socket.on('data', (bytes) => {
		reader.read(bytes);
		wake();
	});
	socket.on('error', () => undefined);
	socket.on('end', () => {
		isOver = true;
		wake();
	});
	socket.on('close', () => {
		isOver = isClosed = true;
		wake();
	});

	await until(() => isGreeted && requests >= each.plan.requests.length, PATIENCE);
	for (const step of each.steps) {
		if (step instanceof Uint8Array) socket.write(step);
		else await until(() => seen.resets.some(({ streamId }) => streamId === step.reset), PATIENCE);
	}
	const isWhole = endsWhole(each);
	if (isWhole) socket.write(PING);
	const responded = await until(() => seen.answered || seen.goaway !== null, isWhole ? PATIENCE : SILENCE);
	seen.hung = isWhole && !responded;
	seen.left = isOver;
	socket.end();
	if (!(await until(() => isClosed, seen.goaway === null && !seen.hung ? PATIENCE : GRACE))) socket.destroy();
	await until(() => isClosed, PATIENCE);
	reader.close();
	return seen;

	/** Whether the condition came true, or the connection ended, within so many milliseconds. */
	async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
		const isMet = (): boolean => condition() || isOver;
		if (isMet()) return true;
		let timer: NodeJS.Timeout | undefined;
		await new Promise<void>((resolve) => {
			timer = setTimeout(resolve, milliseconds);
			wake = () => {
				if (isMet()) resolve();
			};
		});
		clearTimeout(timer);
		return isMet();
	}
}
