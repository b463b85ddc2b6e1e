import { integerEnd, integerTooLarge, readInteger, writeInteger } from '../hpack/integer';
import { BLOCK } from '../memory';
import { hexAt, putHex } from './support/bytes';

/** `value` as written after the bits of `pattern`. */
function written(pattern: u32, prefixBits: u32, value: u32): string {
	return hexAt(BLOCK, <u32>(writeInteger(BLOCK, pattern, prefixBits, value) - BLOCK));
}

function read(digits: string, prefixBits: u32): u32 {
	return readInteger(BLOCK, putHex(BLOCK, digits), prefixBits);
}

/** The value, how many bytes it took, and whether it is too large. */
function outcome(digits: string, prefixBits: u32): string {
	const value = read(digits, prefixBits);
	const took = integerEnd == 0 ? 'none' : (<u32>(integerEnd - BLOCK)).toString();
	return value.toString() + ' took ' + took + (integerTooLarge ? ' too large' : '');
}

describe('integers of RFC 7541 appendix C.1', () => {
	test('10 with a 5-bit prefix is encoded as in RFC 7541 appendix C.1.1', () => {
		expect(written(0, 5, 10)).toBe('0a');
		expect(outcome('0a', 5)).toBe('10 took 1');
	});

	test('1337 with a 5-bit prefix is encoded as in RFC 7541 appendix C.1.2', () => {
		expect(written(0, 5, 1337)).toBe('1f9a0a');
		expect(outcome('1f9a0a', 5)).toBe('1337 took 3');
	});

	test('42 at a byte boundary is encoded as in RFC 7541 appendix C.1.3', () => {
		expect(written(0, 8, 42)).toBe('2a');
		expect(outcome('2a', 8)).toBe('42 took 1');
	});
});

describe('integers', () => {
	test("the bits before an integer's prefix are written, and ignored when it is read", () => {
		expect(written(0xe0, 5, 10)).toBe('ea');
		expect(written(0xe0, 5, 1337)).toBe('ff9a0a');
		expect(outcome('ff9a0a', 5)).toBe('1337 took 3');
		expect(outcome('ea', 5)).toBe('10 took 1');
	});

	test('an integer that fills its prefix takes one byte more', () => {
		expect(written(0, 7, 126)).toBe('7e');
		expect(written(0, 7, 127)).toBe('7f00');
		expect(written(0, 7, 127 + 127)).toBe('7f7f');
		expect(written(0, 7, 127 + 128)).toBe('7f8001');
		expect(outcome('7f00', 7)).toBe('127 took 2');
		expect(outcome('7f7f', 7)).toBe('254 took 2');
		expect(outcome('7f8001', 7)).toBe('255 took 3');
	});

	test('integers around each change of length are read back with every prefix', () => {
		let broken = '';
		for (let bits: u32 = 1; bits <= 8; bits++) {
			const mask: u32 = (1 << bits) - 1;
			for (let bytes: u32 = 0; bytes <= 4; bytes++) {
				const bound: u32 = mask + (bytes == 0 ? 0 : 1 << (7 * bytes));
				for (let value = bound - min(bound, 2); value <= bound + 2; value++) {
					if (value >= mask + (1 << 28)) continue;
					const end = writeInteger(BLOCK, 0, bits, value);
					const expected: u32 = value < mask ? 1 : value - mask < 128 ? 2 : value - mask < 16384 ? 3 : 4;
					const size = value - mask >= 1 << 21 && value >= mask ? 5 : expected;
					if (<u32>(end - BLOCK) != size || readInteger(BLOCK, end, bits) != value || integerEnd != end) {
						broken += value.toString() + '/' + bits.toString() + ' ';
					}
				}
			}
		}
		expect(broken).toBe('');
	});

	test('the largest integer has four continuation bytes', () => {
		expect(outcome('1fffffff7f', 5)).toBe('268435486 took 5');
		expect(outcome('ffffffff7f', 8)).toBe('268435710 took 5');
	});

	test('an integer may be padded with zero bits up to four continuation bytes', () => {
		expect(outcome('1f80808000', 5)).toBe('31 took 5');
	});

	test('an integer with five continuation bytes is too large, whatever they hold', () => {
		expect(outcome('1f8080808000', 5)).toBe('0 took none too large');
		expect(outcome('1fffffffff7f', 5)).toBe('0 took none too large');
		expect(outcome('1fffffffffffffffffff01', 5)).toBe('0 took none too large');
		// The fifth byte need not have arrived.
		expect(outcome('7f80808080', 7)).toBe('0 took none too large');
	});

	test('an integer that is cut short by the input is not too large', () => {
		const whole = '1fffffff7f';
		for (let length = 0; length < whole.length; length += 2) {
			expect(outcome(whole.slice(0, length), 5)).toBe('0 took none');
		}
	});

	test('reading an integer after a failure starts afresh', () => {
		read('1f8080808080', 5);
		expect(outcome('0a', 5)).toBe('10 took 1');
		read('1f', 5);
		expect(outcome('1f00', 5)).toBe('31 took 2');
	});

	test('an integer of 32 bits can be written', () => {
		expect(written(0, 5, 0xffffffff)).toBe('1fe0ffffff0f');
	});
});
