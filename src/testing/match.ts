// Compares a frame with the members that a test expects.

import type { PeerFrame } from './peer-frame.ts';

/** Some of a frame's members. `fields` may be a record, which names some of the fields, and bytes may be a string. */
export type FrameShape = Readonly<Record<string, unknown>>;

/** Describes the first member that differs; null if all members match. */
export function findMismatch(frame: PeerFrame, shape: FrameShape): string | null {
	for (const [member, expected] of Object.entries(shape)) {
		const actual = (frame as unknown as Record<string, unknown>)[member];
		const mismatch = member === 'fields' ? fieldMismatch(actual, expected) : isEqual(actual, expected) ? null : member;
		if (mismatch !== null) return `${mismatch} is ${show(actual)}, expected ${show(expected)}`;
	}
	return null;
}

function fieldMismatch(actual: unknown, expected: unknown): string | null {
	if (Array.isArray(expected)) return isEqual(actual, expected) ? null : 'fields';
	const lines = actual as readonly (readonly [string, string])[];
	for (const [name, value] of Object.entries(expected as Record<string, string>)) {
		if (!lines.some((line) => line[0] === name && line[1] === value)) return `field ${name} of fields`;
	}
	return null;
}

function isEqual(actual: unknown, expected: unknown): boolean {
	if (actual instanceof Uint8Array && typeof expected === 'string')
		return new TextDecoder().decode(actual) === expected;
	if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) {
		return Object.is(actual, expected);
	}
	const keys = Object.keys(expected);
	if (keys.length !== Object.keys(actual).length) return false;
	return keys.every((key) =>
		isEqual((actual as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key]),
	);
}

function show(value: unknown): string {
	if (value instanceof Uint8Array) return value.length > 64 ? `${value.length} bytes` : JSON.stringify([...value]);
	return JSON.stringify(value) ?? String(value);
}
