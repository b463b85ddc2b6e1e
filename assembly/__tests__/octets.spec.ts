import { clearOctets, nameFaults, octetsSeen, valueFaults } from '../hpack/octets';
import { ARENA } from '../memory';
import { BAD_NAME, BAD_VALUE } from '../shared/event';
import { hex, putText } from './support/octets';

/** RFC 9110 §5.6.2, without upper case. */
const NAME_OCTETS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";

function nameOf(text: string): u32 {
	return nameFaults(ARENA, <u32>(putText(ARENA, text) - ARENA));
}

function valueOf(text: string): u32 {
	return valueFaults(ARENA, <u32>(putText(ARENA, text) - ARENA));
}

describe('field names', () => {
	test('may have the token characters in lower case, anywhere, and no other octet', () => {
		let wrong = '';
		for (let octet = 0; octet < 256; octet++) {
			const char = String.fromCharCode(octet);
			const expected = octet < 128 && NAME_OCTETS.includes(char) ? 0 : BAD_NAME;
			// A colon in front is that of a pseudo-header field.
			if (octet != 0x3a && nameOf(char + 'ab') != expected) wrong += hex(octet, 2) + ' first ';
			if (nameOf('a' + char + 'b') != expected) wrong += hex(octet, 2) + ' between ';
			if (nameOf('ab' + char) != expected) wrong += hex(octet, 2) + ' last ';
			if (nameOf(char) != expected) wrong += hex(octet, 2) + ' alone ';
			if (nameOf(':' + char) != expected) wrong += hex(octet, 2) + ' behind a colon ';
		}
		expect(wrong).toBe('');
	});

	test('may open with one colon', () => {
		expect(nameOf(':method')).toBe(0);
		expect(nameOf(':')).toBe(BAD_NAME);
		expect(nameOf('::')).toBe(BAD_NAME);
		expect(nameOf('::method')).toBe(BAD_NAME);
		expect(nameOf('me:thod')).toBe(BAD_NAME);
	});

	test('are not empty', () => {
		expect(nameOf('')).toBe(BAD_NAME);
	});
});

describe('field values', () => {
	test('may have any octet inside but NUL, LF and CR', () => {
		let wrong = '';
		for (let octet = 0; octet < 256; octet++) {
			const expected = octet == 0 || octet == 0x0a || octet == 0x0d ? BAD_VALUE : 0;
			const blank = octet == 0x20 || octet == 0x09;
			const char = String.fromCharCode(octet);
			if (valueOf('a' + char + 'b') != expected) wrong += hex(octet, 2) + ' between ';
			if (valueOf(char + 'ab') != (blank ? BAD_VALUE : expected)) wrong += hex(octet, 2) + ' first ';
			if (valueOf('ab' + char) != (blank ? BAD_VALUE : expected)) wrong += hex(octet, 2) + ' last ';
			if (valueOf(char) != (blank ? BAD_VALUE : expected)) wrong += hex(octet, 2) + ' alone ';
		}
		expect(wrong).toBe('');
	});

	test('may be empty', () => {
		expect(valueOf('')).toBe(0);
	});
});

describe('octets above 0x7f', () => {
	beforeEach(() => {
		clearOctets();
	});

	test('are not seen in ASCII', () => {
		nameOf('a-name~');
		valueOf('\x01 value\x7f');
		expect(octetsSeen).toBe(false);
	});

	test('are seen in a value', () => {
		valueOf('caf\xe9');
		expect(octetsSeen).toBe(true);
		valueOf('ascii');
		expect(octetsSeen).toBe(true);
		clearOctets();
		expect(octetsSeen).toBe(false);
		valueOf('\x80');
		expect(octetsSeen).toBe(true);
	});

	test('are seen in a name', () => {
		nameOf('\xffa');
		expect(octetsSeen).toBe(true);
	});
});
