// What a runtime with permissions, such as Deno, may refuse: the environment, files, and the addresses of a name. Leaf.

/** The value of an environment variable; undefined if it is not set or may not be read. */
export function env(name: string): string | undefined {
	return permitted(() => process.env[name]);
}

/** What `read` returns; undefined if the process has no permission for it. */
export function permitted<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch (error) {
		if (isForbidden(error)) return undefined;
		throw error;
	}
}

/**
 * Deno 2 throws NotCapable, Deno 1 PermissionDenied, and Node's permission model ERR_ACCESS_DENIED. Deno's `dns.lookup`
 * calls back with EPERM.
 */
export function isForbidden(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const { name, code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
	if (code === 'EPERM') return syscall === 'getaddrinfo';
	return name === 'NotCapable' || name === 'PermissionDenied' || code === 'ERR_ACCESS_DENIED';
}
