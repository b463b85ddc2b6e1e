import { clearEvents, emit1, emit2, emit3, emit4, emit5, emit6, emitFault, hasRoom, sealEvents } from '../events';
import { EVENTS } from '../memory';
import * as Event from '../shared/event';
import { EVENT_WORDS } from '../shared/limit';

/** The words of the buffer from `first` to the end that `sealEvents` wrote. */
function words(first: i32): string {
	const end = load<u32>(EVENTS, Event.END << 2);
	const all: string[] = [];
	for (let i: u32 = first; i < end; i++) all.push(load<u32>(EVENTS + (i << 2)).toString());
	return all.join(' ');
}

describe('event buffer', () => {
	beforeEach(() => {
		clearEvents();
	});

	test('the event buffer of an empty pass has four words', () => {
		sealEvents(false, 0, false);
		expect(words(0)).toBe('4 0 0 0');
	});

	test('the event buffer begins with its end, the pending flag and the state of the arena', () => {
		emit1(Event.FIELD_INDEXED, 0, 2);
		sealEvents(true, 300, true);
		expect(words(0)).toBe('6 1 300 1 2 2');
	});

	test('an event record is its kind, its flags and its words', () => {
		emit1(2, 0, 10);
		emit2(3, 1, 10, 11);
		emit3(4, 2, 10, 11, 12);
		emit4(5, 3, 10, 11, 12, 13);
		emit5(6, 4, 10, 11, 12, 13, 14);
		emit6(15, 10, 11, 12, 13, 14, 0xffffffff);
		sealEvents(false, 0, false);
		expect(words(Event.FIRST)).toBe(
			'2 10 259 10 11 516 10 11 12 773 10 11 12 13 1030 10 11 12 13 14 15 10 11 12 13 14 4294967295',
		);
	});

	test('a fault is an event record', () => {
		emitFault(3, 1, 10);
		sealEvents(false, 0, false);
		expect(words(Event.FIRST)).toBe(Event.FAULT.toString() + ' 3 1 10');
	});

	test('clearing the event buffer removes its records', () => {
		emit1(2, 0, 10);
		clearEvents();
		sealEvents(false, 0, false);
		expect(words(0)).toBe('4 0 0 0');
	});

	test('the longest step fits while the event buffer has room', () => {
		while (hasRoom()) emit1(2, 0, 1);
		sealEvents(true, 0, false);
		const left = EVENT_WORDS - load<u32>(EVENTS, Event.END << 2);
		// The last record took two words of that room. A field, its section and the next frame need 14.
		expect(left + 2).toBeGreaterThanOrEqual(14);
		expect(left + 2).toBeLessThanOrEqual(18);
	});
});
