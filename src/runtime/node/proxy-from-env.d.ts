// The part of proxy-from-env, which has no types of its own, that node.ts uses.

declare module 'proxy-from-env' {
	/** Empty when the environment names no proxy for the URL. */
	export function getProxyForUrl(url: string): string;
}
