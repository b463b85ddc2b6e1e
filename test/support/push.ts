// Helpers for tests of server push.

import type { HTTP20Push } from '../../src/http20/push.ts';
import type { HTTP20Connection, HTTP20ConnectionOptions } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet } from './offline.ts';

/** The fields of a promised request. */
export function promise(path: string, other: Record<string, string> = {}): Record<string, string> {
	return { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': path, ...other };
}

export function greetWithPush(
	options: HTTP20ConnectionOptions = {},
): Promise<{ conn: HTTP20Connection; peer: ScriptedPeer }> {
	return greet({}, { enablePush: true, ...options });
}

export async function gather(pushes: AsyncIterable<HTTP20Push>): Promise<HTTP20Push[]> {
	const gathered: HTTP20Push[] = [];
	for await (const push of pushes) gathered.push(push);
	return gathered;
}

/** The paths of the pushes. */
export async function collect(pushes: AsyncIterable<HTTP20Push>): Promise<string[]> {
	return (await gather(pushes)).map(({ path }) => path);
}

/** The RST_STREAM frames so far, as `id code`. */
export async function resets(peer: ScriptedPeer): Promise<string[]> {
	await peer.roundTrip();
	return peer.frames.flatMap((frame) => (frame.type === 'RST_STREAM' ? [`${frame.streamId} ${frame.errorCode}`] : []));
}
