// What a simulated connection meets before its server: a proxy that opens a tunnel or forwards, and the handshake of TLS.

import { latin1Bytes, latin1Text } from '../../src/base/bytes.ts';
import type { TransportReceiver } from '../../src/runtime/transport.ts';
import { ALERT, HELLO, WELCOME } from './handshake.ts';
import { HTTP11Server } from './http11-server.ts';
import { HTTP20Server } from './http20-server.ts';
import type { Ledger } from './ledger.ts';
import type { End } from './network.ts';
import { type DialPlan, PROXY_FIELD } from './route-plan.ts';
import type { World } from './world.ts';

/** Milliseconds of a late answer. */
const LATE = 400;

/** tunnel (only with a proxy) ──> handshake (only with TLS) ──> server; refused after anything else. */
type Stage = 'tunnel' | 'handshake' | 'server' | 'refused';

export class Gateway implements TransportReceiver {
	readonly #world: World;
	readonly #end: End;
	readonly #ledger: Ledger;
	readonly #dial: DialPlan;
	#server: HTTP11Server | HTTP20Server | null = null;
	#stage: Stage = 'refused';
	/** What was received and not yet understood; one character per byte. */
	#text = '';

	constructor(world: World, end: End, ledger: Ledger, dial: DialPlan) {
		this.#world = world;
		this.#end = end;
		this.#ledger = ledger;
		this.#dial = dial;
		const { route } = ledger.plan;
		if (route === 'proxy') this.#stage = 'tunnel';
		else if (route === 'direct') this.#expectOrigin();
		else this.#open(ledger.plan.server === 'HTTP/2' && ledger.plan.h2c !== 'upgrade');
	}

	/** The server, if it speaks HTTP/2. */
	get http20(): HTTP20Server | null {
		return this.#server instanceof HTTP11Server ? this.#server.http20 : this.#server;
	}

	onBytes(bytes: Uint8Array): void {
		if (this.#server !== null) return this.#server.receive(bytes);
		this.#text += latin1Text(bytes);
		if (this.#stage === 'tunnel') this.#readTunnel();
		if (this.#stage === 'handshake') this.#readHello();
	}

	onDrain(): void {}

	onEnd(): void {
		if (this.#server === null) this.#end.end();
		else this.#server.receiveEnd();
	}

	onClose(): void {
		this.#stage = 'refused';
		this.#server?.closed();
	}

	#readTunnel(): void {
		const end = this.#text.indexOf('\r\n\r\n');
		if (end < 0) return;
		if (!this.#text.startsWith('CONNECT ')) return this.#open(false);
		const head = this.#text.slice(0, end);
		this.#text = this.#text.slice(end + 4);
		if (!head.includes(PROXY_FIELD)) this.#ledger.violate('request', `The proxy got no credentials: ${head}`);
		this.#world.note(`proxy gets CONNECT: ${this.#dial.tunnel}`);
		switch (this.#dial.tunnel) {
			case 'open':
				this.#write('HTTP/1.1 200 Connected\r\n\r\n');
				return this.#expectOrigin();
			case 'informational':
				this.#write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
				this.#write('HTTP/1.0 201 Content-Length means nothing\r\nContent-Length: 5\r\n\r\n');
				return this.#expectOrigin();
			case 'refused':
				this.#write('HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno');
				break;
			case 'garbage':
				this.#write('SSH-2.0-planned\r\n');
				break;
			case 'closed':
				this.#end.destroy();
				break;
			case 'silent':
		}
		this.#stage = 'refused';
	}

	/** The bytes that follow are for the origin. */
	#expectOrigin(): void {
		const { secure, server, h2c } = this.#ledger.plan;
		if (!secure) return this.#open(server === 'HTTP/2' && h2c !== 'upgrade');
		this.#stage = 'handshake';
		this.#readHello();
	}

	#readHello(): void {
		const end = this.#text.indexOf('\n');
		if (end < 0) return;
		const line = this.#text.slice(0, end);
		this.#text = this.#text.slice(end + 1);
		this.#stage = 'refused';
		if (!line.startsWith(HELLO)) return this.#ledger.violate('request', `Instead of a handshake came ${line}`);
		const { handshake } = this.#dial;
		this.#world.note(`handshake: ${handshake}`);
		const offered = line.slice(HELLO.length).split(',');
		if (handshake === 'open') this.#welcome(offered);
		else if (handshake === 'late') this.#world.after(LATE, () => this.#welcome(offered));
		else if (handshake === 'refused') this.#write(ALERT);
		else if (handshake === 'closed') this.#end.destroy();
	}

	#welcome(offered: readonly string[]): void {
		if (this.#end.isClosed) return;
		const speaksHTTP2 = this.#ledger.plan.server === 'HTTP/2' && offered.includes('h2');
		this.#write(`${WELCOME}${speaksHTTP2 ? 'h2' : 'http/1.1'}\n`);
		this.#open(speaksHTTP2);
	}

	#open(speaksHTTP2: boolean): void {
		this.#stage = 'server';
		const parts = [this.#world, this.#end, this.#ledger] as const;
		this.#server = speaksHTTP2 ? new HTTP20Server(...parts) : new HTTP11Server(...parts);
		if (this.#text !== '') this.#server.receive(latin1Bytes(this.#text));
		this.#text = '';
	}

	#write(text: string): void {
		this.#end.write([latin1Bytes(text)]);
	}
}
