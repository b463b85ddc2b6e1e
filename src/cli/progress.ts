// The progress of a download on a terminal: a bar, the rate and the time left. cli-progress draws the line formatted here.

import type { Options, Params } from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface Progress {
	add(bytes: number): void;
	/** Keeps the last line on the terminal. */
	stop(): void;
}

export interface Extent {
	/** Bytes that the file had before. */
	from: number;
	/** Bytes of the complete file; null if unknown. */
	total: number | null;
}

/** Bytes received, and in how many milliseconds. */
interface Pace {
	bytes: number;
	elapsed: number;
}

/** The rate is measured over the last 3 seconds. */
const WINDOW = 3000;

export async function startProgress(stream: Terminal, { from, total }: Extent): Promise<Progress> {
	const { default: progress } = await import('cli-progress');
	const meter = new Meter();
	let value = from;
	let stopped = false;
	const begun = performance.now();
	const bar = new progress.SingleBar({
		stream: stream as NodeJS.WritableStream,
		// The line always fits, so cli-progress need not turn wrapping off, which a signal would leave off.
		linewrap: true,
		format: (_options: Options, params: Params & { maxWidth?: number }) => {
			const now = performance.now();
			const columns = params.maxWidth ?? 80;
			if (stopped) return formatEnd(value, total, { bytes: value - from, elapsed: now - begun }, columns);
			return formatProgress(value, total, meter.measure(value, now), columns);
		},
	});
	bar.start(total ?? 0, from);
	return {
		add(bytes) {
			value += bytes;
			bar.update(value);
		},
		stop() {
			stopped = true;
			bar.stop();
		},
	};
}

/** Measures the rate of the last seconds. */
export class Meter {
	readonly #samples: { value: number; time: number }[] = [];

	/** `time` is in milliseconds and never decreases. Null until the second call. */
	measure(value: number, time: number): Pace | null {
		const samples = this.#samples;
		samples.push({ value, time });
		// Keeps one sample from before the window.
		while (samples.length > 2 && (samples[1] as { time: number }).time <= time - WINDOW) samples.shift();
		const first = samples[0] as { value: number; time: number };
		return time === first.time ? null : { bytes: value - first.value, elapsed: time - first.time };
	}
}

/** ` 42% [====------]  4.2 MiB of 10.0 MiB  1.3 MiB/s  0:04 left`; without a total, size and rate only. */
export function formatProgress(value: number, total: number | null, pace: Pace | null, columns: number): string {
	const rate = pace === null ? '' : formatRate(pace);
	if (total === null) return fit(`${formatSize(value)}  ${rate}`.trimEnd(), columns);
	const left = pace === null || pace.bytes === 0 ? '' : formatTime(((total - value) / pace.bytes) * pace.elapsed);
	const facts = [`${formatSize(value)} of ${formatSize(total)}`, rate, left === '' ? '' : `${left} left`];
	return withBar(value, total, facts.filter((fact) => fact !== '').join('  '), columns);
}

/** The last line, with the average rate. */
export function formatEnd(value: number, total: number | null, pace: Pace, columns: number): string {
	const facts = `${formatSize(value)}  ${formatRate(pace)}  in ${formatTime(pace.elapsed)}`;
	return total === null ? fit(facts, columns) : withBar(value, total, facts, columns);
}

const WIDEST_BAR = 40;

function withBar(value: number, total: number, facts: string, columns: number): string {
	const share = total === 0 ? 1 : Math.min(value / total, 1);
	const percentage = `${String(Math.floor(share * 100)).padStart(3)}%`;
	// Minus brackets, spaces and the last column, where a terminal would wrap.
	const width = Math.min(WIDEST_BAR, columns - percentage.length - facts.length - 6);
	if (width < 5) return fit(`${percentage}  ${facts}`, columns);
	const done = Math.floor(share * width);
	return `${percentage} [${'='.repeat(done)}${'-'.repeat(width - done)}]  ${facts}`;
}

function fit(line: string, columns: number): string {
	return line.slice(0, Math.max(columns - 1, 0));
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

function formatSize(bytes: number): string {
	if (bytes < 1024) return `${Math.round(bytes)} B`;
	let size = bytes / 1024;
	let unit = 0;
	while (size >= 1023.95 && unit < UNITS.length - 1) {
		size /= 1024;
		unit++;
	}
	return `${size.toFixed(1)} ${UNITS[unit]}`;
}

function formatRate({ bytes, elapsed }: Pace): string {
	return `${formatSize((bytes / Math.max(elapsed, 1)) * 1000)}/s`;
}

/** `0:04`, `12:34`, `1:02:03`. */
function formatTime(milliseconds: number): string {
	const seconds = Math.ceil(milliseconds / 1000);
	const pad = (part: number) => String(part).padStart(2, '0');
	const minutes = Math.floor(seconds / 60) % 60;
	const hours = Math.floor(seconds / 3600);
	return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}
