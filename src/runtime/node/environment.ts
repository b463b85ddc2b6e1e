// Reads environment variables. Deno throws for variables that the process has no permission to read. Leaf.

/** The value of the variable; undefined if it is not set or may not be read. */
export function env(name: string): string | undefined {
	try {
		return process.env[name];
	} catch (error) {
		if (isForbidden(error)) return undefined;
		throw error;
	}
}

/** Deno 2 throws NotCapable, Deno 1 PermissionDenied, and Node's permission model ERR_ACCESS_DENIED. */
function isForbidden(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const { name, code } = error as Error & { code?: unknown };
	return name === 'NotCapable' || name === 'PermissionDenied' || code === 'ERR_ACCESS_DENIED';
}
