// Servers that follow a script on HTTP/1.1: the first segment of a request's path names it.

import { type RawConnection, RawServer } from '../../support/raw-server.ts';
import { records } from './records.ts';

interface Run {
	readonly connection: RawConnection;
	readonly head: string;
	/** From the path's `?key=`. */
	readonly key: string;
}

const SCRIPTS: Readonly<Record<string, (run: Run) => Promise<unknown> | unknown>> = {
	/** Refuses the expectation of the first request. */
	async '417'({ connection, head, key }) {
		if (/^expect:/im.test(head)) {
			records.note(key, 'refused');
			connection.answer(['HTTP/1.1 417 Expectation Failed', 'Content-Length: 0']);
			return;
		}
		const [, length = '0'] = /^content-length: (\d+)/im.exec(head) ?? [];
		const content = await connection.readBytes(Number(length));
		connection.answer(['HTTP/1.1 200 OK', `Content-Length: ${length}`], content);
	},
};

/** Returns the port. */
export async function startScripts11(): Promise<number> {
	const server = await RawServer.start();
	void acceptAll(server);
	return server.port;
}

async function acceptAll(server: RawServer): Promise<never> {
	for (;;) {
		const connection = await server.accept();
		serve(connection).catch(() => connection.socket.destroy());
	}
}

async function serve(connection: RawConnection): Promise<void> {
	for (;;) {
		const head = await connection.readHead();
		const [, path = '/'] = head.split(' ');
		const { pathname, searchParams } = new URL(path, 'http://script');
		const name = pathname.split('/')[1] ?? '';
		const script = SCRIPTS[name];
		if (script === undefined) throw new Error(`There is no script ${name}`);
		await script({ connection, head, key: searchParams.get('key') ?? '' });
	}
}
