// The process under attack: performs the attack of the task that is its argument, and measures itself.

import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import { attacks } from './all.ts';
import { type Attack, type Connection, type Measurement, type Meter, MIB } from './attack.ts';
import { type Place, type Task, WARM_UP } from './measure.ts';
import { afterCollection, CPUWatch, collect, MemoryWatch, SocketWatch, TurnWatch } from './watches.ts';

/** Milliseconds between two samples of memory. */
const SAMPLING = 200;
/** Milliseconds between two looks at the bytes received. */
const COUNTING = 5;

const [task, place] = process.argv.slice(2).map((text) => JSON.parse(text)) as [Task, Place];
const attack = attacks.find(({ name }) => name === task.name) as Attack;
const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(String(warning)));

await run(task.scale * WARM_UP);
process.send?.(await run(task.scale));
// The channel has sent everything when it disconnects.
process.disconnect?.();

async function run(scale: number): Promise<Measurement> {
	const sockets = new SocketWatch();
	const conn = open();
	await (await conn.roundTrip('GET', '/first')).bytes();
	const before = sockets.stop();
	const memory = new MemoryWatch(await afterCollection());
	const turns = new TurnWatch();
	const cpu = new CPUWatch();
	/** Does what is not to be measured. */
	const aside = <T>(work: () => T): T => {
		cpu.pause();
		turns.pause();
		const result = work();
		turns.resume();
		cpu.resume();
		return result;
	};
	const sampling = setInterval(() => aside(() => memory.sample(collect())), SAMPLING);
	const counting = setInterval(() => sockets.received(), COUNTING);
	let decoded = 0;
	const meter: Meter = {
		version: task.version,
		scale,
		expect: (unread, streams) => memory.expect(unread, streams),
		async hold(unread, streams) {
			memory.expect(unread, streams);
			cpu.pause();
			turns.pause();
			memory.sample(await afterCollection());
			turns.resume();
			cpu.resume();
		},
		async settle() {
			for (let idle = 0; idle < 3; ) {
				const [received, before] = [sockets.received(), cpu.total()];
				await sleep(150);
				const isIdle = sockets.received() === received;
				// What was received before may need CPU. Later, only the timers of this process do.
				if (isIdle && idle > 0) cpu.forget(cpu.total() - before);
				idle = isIdle ? idle + 1 : 0;
			}
		},
		decoded(bytes) {
			decoded += bytes;
		},
	};
	const error = await attack.perform(conn, meter).then(
		() => null,
		(reason: unknown) => String(reason),
	);
	clearInterval(sampling);
	clearInterval(counting);
	const received = sockets.received() - before;
	const cpuMs = cpu.total();
	// Nothing stays behind.
	await meter.hold(0, 1);
	await conn.close();
	return {
		received,
		memory: memory.most,
		memoryBound: memory.bound,
		cpu: cpuMs / (Math.max(MIB, received, decoded) / MIB),
		longestTurn: turns.stop(),
		warnings,
		error,
	};
}

function open(): Connection {
	const { version, transport } = task;
	const origin = `${transport === 'TLS' ? 'https' : 'http'}://localhost:${place.port}`;
	const options = { ...attack.options, ...(transport === 'TLS' ? { tls: { ca: place.ca } } : {}) };
	if (transport === 'upgrade') return new HTTPConnection(origin, { ...options, h2c: 'upgrade' });
	return version === 'HTTP/2' ? new HTTP20Connection(origin, options) : new HTTP11Connection(origin, options);
}
