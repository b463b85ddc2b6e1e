// Formats the target of a dial for messages. Leaf.

/** `localhost:8443`, `[::1]:443` or the path of a Unix socket. */
export function describeEndpoint(target: { host: string; port: number; socketPath?: string }): string {
	if (target.socketPath !== undefined) return target.socketPath;
	return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
}
