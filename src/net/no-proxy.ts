// Parses NO_PROXY as curl and Go do: a name includes its subdomains, and addresses may be CIDR blocks. Called by proxy.ts.

interface Target {
	/** In lower case; IPv6 without brackets, possibly with a zone. */
	readonly host: string;
	readonly port: number;
}

/**
 * Whether a list of names, addresses and CIDR blocks, separated by commas or white space, includes the target. `*` is
 * every target. Entries that cannot be parsed are ignored.
 *
 * @example
 * isListed({ host: 'api.example.com', port: 443 }, 'example.com, 10.0.0.0/8') // true
 */
export function isListed({ host, port }: Target, list: string): boolean {
	const entries = list.split(/[,\s]+/);
	const address = parseAddress(host);
	return entries.some((entry) => {
		if (entry === '*') return true;
		const slash = entry.indexOf('/');
		if (slash >= 0) return address !== null && isInBlock(address, entry.slice(0, slash), entry.slice(slash + 1));
		const [name, itsPort] = splitPort(entry);
		if (itsPort !== '' && Number(itsPort) !== port) return false;
		if (address !== null) return isInBlock(address, name, '');
		return isWithin(host, name);
	});
}

/** Splits `name:port` or `[v6]:port`. An IPv6 address without brackets has no port. */
function splitPort(entry: string): [name: string, port: string] {
	const [, name, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
	return name === undefined || port === undefined ? [entry, ''] : [name, port];
}

/**
 * Whether the host is the name or a subdomain of it; with a leading `*.`, only a subdomain, as in Go. Ignores a leading
 * dot, as curl does, and a final one.
 */
function isWithin(host: string, entry: string): boolean {
	const domain = asciiName(entry.replace(/^\*?\./, ''));
	const name = withoutFinalDot(host);
	if (domain === '') return false;
	return name.endsWith(`.${domain}`) || (name === domain && !entry.startsWith('*'));
}

/** The name as ASCII: internationalised names in punycode, as in hosts. Empty if the text is not a name. */
function asciiName(text: string): string {
	if (/^[a-z0-9._-]*$/i.test(text)) return withoutFinalDot(text.toLowerCase());
	const url = `http://${text}`;
	return URL.canParse(url) ? withoutFinalDot(new URL(url).hostname) : '';
}

function withoutFinalDot(name: string): string {
	return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** Whether the block includes the address. Without `length`, the block is one address. */
function isInBlock(address: readonly number[], block: string, length: string): boolean {
	const prefix = parseAddress(block);
	if (prefix === null || prefix.length !== address.length) return false;
	if (length === '') return prefix.every((byte, i) => byte === address[i]);
	// A block of IPv4-mapped IPv6 addresses counts 96 bits more.
	const bits = Number(length) - (prefix.length === 4 && block.includes(':') ? 96 : 0);
	if (!/^\d+$/.test(length) || bits < 0 || bits > prefix.length * 8) return false;
	return prefix.every((byte, i) => {
		const rest = 8 - Math.min(8, Math.max(0, bits - i * 8));
		return byte >> rest === (address[i] as number) >> rest;
	});
}

/** The 4 or 16 bytes; null if the text is not an address. An IPv4-mapped IPv6 address becomes IPv4; a zone is ignored. */
function parseAddress(text: string): readonly number[] | null {
	if (/^\d+(\.\d+){3}$/.test(text)) {
		const bytes = text.split('.').map(Number);
		// Numbers with leading zeros are ambiguous, because some readers take them as octal.
		return bytes.every((byte) => byte <= 255) && bytes.join('.') === text ? bytes : null;
	}
	const [bare] = text.replace(/^\[(.*)\]$/, '$1').split('%') as [string];
	// The URL parser checks the address, and writes dotted decimals as hexadecimal groups.
	if (!bare.includes(':') || !URL.canParse(`http://[${bare}]`)) return null;
	const [before = '', after] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
	const head = bytesOfGroups(before);
	const tail = bytesOfGroups(after ?? '');
	const bytes = [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
	const isMapped = bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
	return isMapped ? bytes.slice(12) : bytes;
}

function bytesOfGroups(groups: string): number[] {
	if (groups === '') return [];
	return groups.split(':').flatMap((group) => {
		const word = Number.parseInt(group, 16);
		return [word >> 8, word & 0xff];
	});
}
