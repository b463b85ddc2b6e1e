// RFC 9113 §6.5.1: what a SETTINGS frame carries, also the field HTTP2-Settings of an Upgrade.

import { SETTING_BYTES } from '../../assembly/shared/limit.ts';

/** Each setting is a 16-bit identifier and a 32-bit value; `entries` has them as [identifier, value, ...]. */
export function settingsPayload(entries: readonly number[]): Uint8Array {
	const payload = new Uint8Array((entries.length / 2) * SETTING_BYTES);
	const view = new DataView(payload.buffer);
	for (let i = 0, at = 0; i < entries.length; i += 2, at += SETTING_BYTES) {
		view.setUint16(at, entries[i] as number);
		view.setUint32(at + 2, entries[i + 1] as number);
	}
	return payload;
}
