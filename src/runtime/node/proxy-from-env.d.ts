// Types for the part of proxy-from-env that node.ts uses; the package has none.

declare module 'proxy-from-env' {
	/** Empty if the environment names no proxy for the URL. */
	export function getProxyForUrl(url: string): string;
}
