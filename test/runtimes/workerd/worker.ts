// Tests of the transports inside workerd, against the servers whose ports workerd.test.ts passes as bindings. `/` answers with
// the names of the checks, `/?check=NAME` with `passed`, or with why the check failed.

import { ConnectError, HyperError, LocalProtocolError, TLSError } from '../../../src/base/errors.ts';
import { dialOrigin } from '../../../src/net/dial.ts';
import { parseProxy } from '../../../src/net/proxy.ts';
import type { DialOptions, Transport, TransportReceiver } from '../../../src/runtime/transport.ts';
import { runtime } from '../../../src/runtime/workerd/workerd.ts';

interface Bindings {
	ECHO_PORT: string;
	TLS_ECHO_PORT: string;
	/** Its certificate is signed by no CA that workerd trusts. */
	UNTRUSTED_PORT: string;
	/** Opens a tunnel to itself, which begins with `first ` and then is an echo. */
	PROXY_PORT: string;
	SILENT_PORT: string;
	CLOSED_PORT: string;
}

interface Account {
	bytes: Uint8Array[];
	events: string[];
	error: Error | null;
}

const checks: Record<string, (bindings: Bindings) => Promise<void>> = {
	async 'plaintext bytes are echoed completely'({ ECHO_PORT }) {
		const transport = await runtime.dial(options(ECHO_PORT));
		equal(transport.alpn, null);
		equal(transport.openedAt?.secured, null);
		await echo(transport);
	},

	async 'bytes over TLS are echoed completely'({ TLS_ECHO_PORT }) {
		const transport = await runtime.dial(options(TLS_ECHO_PORT, { host: 'localhost', tls: {} }));
		equal(transport.alpn, null);
		equal(typeof transport.openedAt?.secured, 'number');
		await echo(transport);
	},

	async 'tls.servername may differ from the address'({ TLS_ECHO_PORT }) {
		await echo(await runtime.dial(options(TLS_ECHO_PORT, { tls: { servername: 'localhost' } })));
	},

	async 'tcpKeepAlive is ignored, because it is on by default and workerd has no such option'({ ECHO_PORT }) {
		await echo(await runtime.dial(options(ECHO_PORT, { tcpKeepAlive: 60_000 })));
	},

	async 'a tunnel through a proxy carries plaintext'({ PROXY_PORT }) {
		const proxy = parseProxy(`http://127.0.0.1:${PROXY_PORT}`);
		const transport = await dialOrigin({ host: 'origin.test', port: 80, secure: false, proxy }, runtime);
		const { account, closed } = receive(transport);
		transport.write([new TextEncoder().encode('second')]);
		transport.end();
		await closed;
		equal(account.bytes.map((bytes) => new TextDecoder().decode(bytes)).join(''), 'first second');
	},

	async 'TLS in a tunnel is a LocalProtocolError'({ CLOSED_PORT }) {
		const proxy = parseProxy(`http://127.0.0.1:${CLOSED_PORT}`);
		const error = await rejection(dialOrigin({ host: 'origin.test', port: 443, secure: true, proxy }, runtime));
		equal(error instanceof LocalProtocolError, true);
	},

	async 'destroying a transport closes it without an error'({ ECHO_PORT }) {
		const transport = await runtime.dial(options(ECHO_PORT));
		const { account, closed } = receive(transport);
		transport.destroy();
		await closed;
		equal(account.events.join(), 'close');
		equal(account.error, null);
	},

	async 'dialling a refused port is a ConnectError'({ CLOSED_PORT }) {
		const error = await rejection(runtime.dial(options(CLOSED_PORT)));
		equal(error instanceof ConnectError, true);
		equal((error as Error).message.startsWith(`Cannot connect to 127.0.0.1:${CLOSED_PORT}: `), true);
	},

	async 'TLS to a plaintext port, or an untrusted one, is an error that says that TLS may have failed'(bindings) {
		for (const port of [bindings.ECHO_PORT, bindings.UNTRUSTED_PORT]) {
			const error = await rejection(runtime.dial(options(port, { host: 'localhost', tls: {} })));
			equal(error instanceof ConnectError || error instanceof TLSError, true);
			equal(error instanceof HyperError && /TLS/.test(error.message), true);
		}
	},

	async "an aborted dial rejects with the abort's reason"({ SILENT_PORT }) {
		const controller = new AbortController();
		const dialled = runtime.dial(options(SILENT_PORT, { host: 'localhost', tls: {}, signal: controller.signal }));
		setTimeout(() => controller.abort('enough'), 20);
		equal(await rejection(dialled), 'enough');
	},

	async 'an option that workerd does not support is a TypeError that names it'({ ECHO_PORT }) {
		for (const extra of [
			{ socketPath: '/s' },
			{ localAddress: '127.0.0.2' },
			{ lookup: () => {} },
			{ family: 4 as const },
			{ tls: { ca: 'x' } },
			{ tls: { cert: 'x' } },
			{ tls: { rejectUnauthorized: false } },
		]) {
			const error = await rejection(runtime.dial(options(ECHO_PORT, extra)));
			equal(error instanceof TypeError, true);
			const [name] = Object.keys('tls' in extra && extra.tls ? extra.tls : extra);
			equal((error as Error).message.includes(name as string), true);
		}
	},

	async 'afterTurn runs its callback after all promise jobs'() {
		const order: string[] = [];
		await new Promise<void>((resolve) => {
			runtime.afterTurn(() => {
				order.push('after turn');
				resolve();
			});
			let job = Promise.resolve();
			for (let depth = 0; depth < 20; depth++) job = job.then(() => {});
			job.then(() => order.push('promise jobs'));
		});
		equal(order.join(), 'promise jobs,after turn');
	},
};

async function answer({ url }: Request, bindings: Bindings): Promise<Response> {
	const name = new URL(url).searchParams.get('check');
	if (name === null) return Response.json(Object.keys(checks));
	try {
		await checks[name]?.(bindings);
		return new Response('passed');
	} catch (error) {
		return new Response((error as Error).stack);
	}
}

const worker: { fetch: typeof answer } = { fetch: answer };
export default worker;

function options(port: string, extra: Partial<DialOptions> = {}): DialOptions {
	return { host: '127.0.0.1', port: Number(port), tls: null, alpnProtocols: ['h2'], ...extra };
}

/** Sends 1 MiB and receives its echo; ends our direction first. */
async function echo(transport: Transport): Promise<void> {
	const { account, closed, drained } = receive(transport);
	const chunk = Uint8Array.from({ length: 32_768 }, (_, index) => (index * 31) & 0xff);
	for (let count = 0; count < 32; count++) {
		if (!transport.write([chunk.slice(0, 9), chunk.slice(9)])) await drained();
	}
	transport.end();
	await closed;
	equal(account.events.filter((event) => event !== 'drain').join(), 'end,close');
	equal(account.error, null);
	let offset = 0;
	for (const bytes of account.bytes) {
		for (const byte of bytes) if (byte !== chunk[offset++ % chunk.length]) throw new Error(`byte ${offset} differs`);
	}
	equal(offset, 32 * chunk.length);
}

function receive(transport: Transport): { account: Account; closed: Promise<void>; drained: () => Promise<void> } {
	const account: Account = { bytes: [], events: [], error: null };
	let onDrained = (): void => {};
	const closed = new Promise<void>((resolve) => {
		const receiver: TransportReceiver = {
			onBytes: (bytes) => void account.bytes.push(bytes.slice()),
			onDrain() {
				account.events.push('drain');
				onDrained();
			},
			onEnd: () => void account.events.push('end'),
			onClose(error) {
				account.events.push('close');
				account.error = error;
				resolve();
			},
		};
		transport.start(receiver);
	});
	return { account, closed, drained: () => new Promise((resolve) => (onDrained = resolve)) };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error('no rejection');
}

function equal(actual: unknown, expected: unknown): void {
	if (actual !== expected) throw new Error(`${String(actual)} is not ${String(expected)}`);
}
