// How far a download is: a bar on a terminal with rate and time left. cli-progress draws it; what it says is made here.

import type { Options, Params } from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface Progress {
	add(octets: number): void;
	/** Leaves the last line standing. */
	stop(): void;
}

export interface Extent {
	/** Octets that were there before. */
	from: number;
	/** Octets when all is there; null when nobody knows. */
	total: number | null;
}

/** Octets that came, and in how many milliseconds. */
interface Pace {
	octets: number;
	elapsed: number;
}

/** The rate is that of the last seconds. */
const WINDOW = 3000;

export async function startProgress(stream: Terminal, { from, total }: Extent): Promise<Progress> {
	const { default: progress } = await import('cli-progress');
	const meter = new Meter();
	let value = from;
	let stopped = false;
	const begun = performance.now();
	const bar = new progress.SingleBar({
		stream: stream as NodeJS.WritableStream,
		// The line fits: wrapping need not be turned off, and is not left so by a signal.
		linewrap: true,
		format: (_options: Options, params: Params & { maxWidth?: number }) => {
			const now = performance.now();
			const columns = params.maxWidth ?? 80;
			if (stopped) return formatEnd(value, total, { octets: value - from, elapsed: now - begun }, columns);
			return formatProgress(value, total, meter.measure(value, now), columns);
		},
	});
	bar.start(total ?? 0, from);
	return {
		add(octets) {
			value += octets;
			bar.update(value);
		},
		stop() {
			stopped = true;
			bar.stop();
		},
	};
}

/** What came lately. */
export class Meter {
	readonly #samples: { value: number; time: number }[] = [];

	/** Times in milliseconds, never falling; null until there are two. */
	measure(value: number, time: number): Pace | null {
		const samples = this.#samples;
		samples.push({ value, time });
		// One sample stays that is older than the window.
		while (samples.length > 2 && (samples[1] as { time: number }).time <= time - WINDOW) samples.shift();
		const first = samples[0] as { value: number; time: number };
		return time === first.time ? null : { octets: value - first.value, elapsed: time - first.time };
	}
}

/** ` 42% [====------]  4.2 MiB of 10.0 MiB  1.3 MiB/s  0:04 left`, or without a total what there is of it. */
export function formatProgress(value: number, total: number | null, pace: Pace | null, columns: number): string {
	const rate = pace === null ? '' : formatRate(pace);
	if (total === null) return fit(`${formatSize(value)}  ${rate}`.trimEnd(), columns);
	const left = pace === null || pace.octets === 0 ? '' : formatTime(((total - value) / pace.octets) * pace.elapsed);
	const facts = [`${formatSize(value)} of ${formatSize(total)}`, rate, left === '' ? '' : `${left} left`];
	return withBar(value, total, facts.filter((fact) => fact !== '').join('  '), columns);
}

/** The last line: the pace of the whole. */
export function formatEnd(value: number, total: number | null, pace: Pace, columns: number): string {
	const facts = `${formatSize(value)}  ${formatRate(pace)}  in ${formatTime(pace.elapsed)}`;
	return total === null ? fit(facts, columns) : withBar(value, total, facts, columns);
}

const WIDEST_BAR = 40;

function withBar(value: number, total: number, facts: string, columns: number): string {
	const share = total === 0 ? 1 : Math.min(value / total, 1);
	const percentage = `${String(Math.floor(share * 100)).padStart(3)}%`;
	// Brackets, blanks, and the last column, behind which a terminal wraps.
	const width = Math.min(WIDEST_BAR, columns - percentage.length - facts.length - 6);
	if (width < 5) return fit(`${percentage}  ${facts}`, columns);
	const done = Math.floor(share * width);
	return `${percentage} [${'='.repeat(done)}${'-'.repeat(width - done)}]  ${facts}`;
}

function fit(line: string, columns: number): string {
	return line.slice(0, Math.max(columns - 1, 0));
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

function formatSize(octets: number): string {
	if (octets < 1024) return `${Math.round(octets)} B`;
	let size = octets / 1024;
	let unit = 0;
	while (size >= 1023.95 && unit < UNITS.length - 1) {
		size /= 1024;
		unit++;
	}
	return `${size.toFixed(1)} ${UNITS[unit]}`;
}

function formatRate({ octets, elapsed }: Pace): string {
	return `${formatSize((octets / Math.max(elapsed, 1)) * 1000)}/s`;
}

/** `0:04`, `12:34`, `1:02:03`. */
function formatTime(milliseconds: number): string {
	const seconds = Math.ceil(milliseconds / 1000);
	const pad = (part: number) => String(part).padStart(2, '0');
	const minutes = Math.floor(seconds / 60) % 60;
	const hours = Math.floor(seconds / 3600);
	return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}
