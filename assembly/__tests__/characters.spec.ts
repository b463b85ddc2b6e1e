import { clearNonASCII, nameFaults, nonASCIISeen, valueFaults } from '../hpack/characters';
import { ARENA } from '../memory';
import { BAD_NAME, BAD_VALUE, BLANK_AROUND } from '../shared/event';
import { hex, putText } from './support/bytes';

/** RFC 9110 §5.6.2, without upper case. */
const NAME_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";

function nameOf(text: string): u32 {
	return nameFaults(ARENA, <u32>(putText(ARENA, text) - ARENA));
}

function valueOf(text: string): u32 {
	return valueFaults(ARENA, <u32>(putText(ARENA, text) - ARENA));
}

describe('field names', () => {
	test('a field name may have lower-case token characters anywhere and no other byte', () => {
		let wrong = '';
		for (let byte = 0; byte < 256; byte++) {
			const char = String.fromCharCode(byte);
			const expected = byte < 128 && NAME_CHARACTERS.includes(char) ? 0 : BAD_NAME;
			// A leading colon is allowed: it marks a pseudo-header field.
			if (byte != 0x3a && nameOf(char + 'ab') != expected) wrong += hex(byte, 2) + ' first ';
			if (nameOf('a' + char + 'b') != expected) wrong += hex(byte, 2) + ' between ';
			if (nameOf('ab' + char) != expected) wrong += hex(byte, 2) + ' last ';
			if (nameOf(char) != expected) wrong += hex(byte, 2) + ' alone ';
			if (nameOf(':' + char) != expected) wrong += hex(byte, 2) + ' behind a colon ';
		}
		expect(wrong).toBe('');
	});

	test('a field name may begin with one colon', () => {
		expect(nameOf(':method')).toBe(0);
		expect(nameOf(':')).toBe(BAD_NAME);
		expect(nameOf('::')).toBe(BAD_NAME);
		expect(nameOf('::method')).toBe(BAD_NAME);
		expect(nameOf('me:thod')).toBe(BAD_NAME);
	});

	test('a field name must not be empty', () => {
		expect(nameOf('')).toBe(BAD_NAME);
	});
});

describe('field values', () => {
	test('a field value may have any byte inside except NUL, LF and CR', () => {
		let wrong = '';
		for (let byte = 0; byte < 256; byte++) {
			const expected = byte == 0 || byte == 0x0a || byte == 0x0d ? BAD_VALUE : 0;
			const blank = byte == 0x20 || byte == 0x09;
			const char = String.fromCharCode(byte);
			if (valueOf('a' + char + 'b') != expected) wrong += hex(byte, 2) + ' between ';
			if (valueOf(char + 'ab') != (blank ? BLANK_AROUND : expected)) wrong += hex(byte, 2) + ' first ';
			if (valueOf('ab' + char) != (blank ? BLANK_AROUND : expected)) wrong += hex(byte, 2) + ' last ';
			if (valueOf(char) != (blank ? BLANK_AROUND : expected)) wrong += hex(byte, 2) + ' alone ';
		}
		expect(wrong).toBe('');
	});

	test('a field value may have both faults', () => {
		expect(valueOf(' a\nb')).toBe(BAD_VALUE | BLANK_AROUND);
	});

	test('a field value may be empty', () => {
		expect(valueOf('')).toBe(0);
	});
});

describe('bytes above 0x7f', () => {
	beforeEach(() => {
		clearNonASCII();
	});

	test('bytes above 0x7f are not found in ASCII text', () => {
		nameOf('a-name~');
		valueOf('\x01 value\x7f');
		expect(nonASCIISeen).toBe(false);
	});

	test('bytes above 0x7f are found in a value', () => {
		valueOf('caf\xe9');
		expect(nonASCIISeen).toBe(true);
		valueOf('ascii');
		expect(nonASCIISeen).toBe(true);
		clearNonASCII();
		expect(nonASCIISeen).toBe(false);
		valueOf('\x80');
		expect(nonASCIISeen).toBe(true);
	});

	test('bytes above 0x7f are found in a name', () => {
		nameOf('\xffa');
		expect(nonASCIISeen).toBe(true);
	});
});
