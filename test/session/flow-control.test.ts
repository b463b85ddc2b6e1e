// Flow-control managers: hyper's policy with its test vectors, and the base class, which checks what subclasses return.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
	BaseFlowControlManager,
	createFlowControlManager,
	FlowControlManager,
} from '../../src/session/flow-control.ts';
import { windowOf } from '../support/session-core.ts';

describe('the default policy', () => {
	test('the default policy returns a window of 65,535 only when it is below 16,384 bytes', () => {
		const manager = new FlowControlManager(65535);
		assert.equal(manager.received(49_000), 0);
		assert.equal(manager.windowSize, 16_535);
		assert.equal(manager.received(1000), 50_000);
		assert.equal(manager.windowSize, 65_535);
	});

	test('the default policy refills a window of 1,500 when less than 1,000 bytes are left', () => {
		const manager = new FlowControlManager(1500);
		assert.equal(manager.received(499), 0);
		assert.equal(manager.received(2), 501);
		assert.equal(manager.windowSize, 1500);
	});

	test('the default policy refills the window when the peer is blocked', () => {
		const manager = new FlowControlManager(1500);
		manager.windowSize = 1000;
		assert.equal(manager.blocked(), 500);
		assert.equal(manager.windowSize, 1000);
		assert.equal(manager.stalled(), 500);
		assert.equal(manager.windowSize, 1500);
		assert.equal(manager.stalled(), 0);
	});

	test('the default policy refills a window of 8,000 below a quarter of its size', () => {
		const manager = new FlowControlManager(8000);
		assert.equal(manager.received(6000), 0);
		assert.equal(manager.received(1), 6001);
	});

	test('the default policy returns nothing for an empty frame', () => {
		const manager = new FlowControlManager(500);
		assert.equal(manager.received(0), 0);
		assert.equal(manager.windowSize, 500);
	});

	test('the default policy loses no bytes: the returned and the remaining window make the whole', () => {
		const manager = new FlowControlManager(65535);
		let consumed = 0;
		let given = 0;
		for (let length = 0; length < 2000; length += 7) {
			consumed += length;
			given += manager.received(length);
			assert.equal(manager.windowSize, 65535 - consumed + given);
			assert.ok(manager.windowSize >= 65535 / 4);
		}
	});
});

class Scripted extends BaseFlowControlManager {
	answer: unknown = 0;
	asked: [frameSize: number, windowSize: number][] = [];

	increaseWindowSize(frameSize: number): number {
		this.asked.push([frameSize, this.windowSize]);
		return this.answer as number;
	}

	blocked(): number {
		return this.answer as number;
	}
}

describe('the base class', () => {
	test('received calls increaseWindowSize before it lowers the window', () => {
		const manager = new Scripted(100);
		manager.received(30);
		manager.received(30);
		assert.deepEqual(manager.asked, [
			[30, 100],
			[30, 70],
		]);
		assert.equal(manager.windowSize, 40);
	});

	test('received calls blocked when the peer is left without window', () => {
		class Stubborn extends Scripted {
			override blocked(): number {
				return this.initialWindowSize - this.windowSize;
			}
		}
		const manager = new Stubborn(100);
		assert.equal(manager.received(60), 0);
		assert.equal(manager.received(40), 100);
		assert.equal(manager.windowSize, 100);
	});

	test('a manager may enlarge a window beyond its initial size', () => {
		const manager = new Scripted(100);
		manager.answer = 1000;
		assert.equal(manager.received(100), 1000);
		assert.equal(manager.windowSize, 1000);
	});

	for (const answer of [-1, Number.NaN, 0.5, 2 ** 31, Number.POSITIVE_INFINITY, '5', undefined, null, 5n]) {
		test(`an increment of ${typeof answer} ${String(answer)} is a RangeError and changes nothing`, () => {
			const manager = new Scripted(100);
			manager.answer = answer;
			assert.throws(() => manager.received(10), RangeError);
			assert.throws(() => manager.stalled(), RangeError);
			assert.equal(manager.windowSize, 100);
		});
	}

	test('an increment that takes the window above 2^31-1 is a RangeError', () => {
		const manager = new Scripted(2 ** 31 - 1);
		manager.answer = 10;
		assert.equal(manager.received(10), 10);
		assert.throws(() => manager.received(9), { name: 'RangeError', message: /Scripted returned the increment 10/ });
		assert.equal(manager.windowSize, 2 ** 31 - 1);
	});
});

describe('construction', () => {
	test('a new manager has a full window and an unknown document size', () => {
		const manager = new FlowControlManager(65535);
		assert.equal(manager.initialWindowSize, 65535);
		assert.equal(manager.windowSize, 65535);
		assert.equal(manager.documentSize, null);
		assert.equal(manager.onArrival, undefined);
		assert.equal(manager.onRoundTrip, undefined);
	});

	test('a manager accepts window sizes from 0 to 2^31-1', () => {
		assert.equal(new FlowControlManager(0).windowSize, 0);
		assert.equal(new FlowControlManager(2 ** 31 - 1).windowSize, 2 ** 31 - 1);
		for (const size of [-1, 1.5, 2 ** 31, Number.NaN, '5' as unknown as number]) {
			assert.throws(() => new FlowControlManager(size), RangeError);
		}
	});

	test('createFlowControlManager accepts a class, an arrow function or a function', () => {
		assert.ok(createFlowControlManager(FlowControlManager, 1500) instanceof FlowControlManager);
		assert.equal(createFlowControlManager((size) => new Scripted(size * 2), 50).windowSize, 100);
		const factory = (size: number): BaseFlowControlManager => new Scripted(size);
		assert.ok(createFlowControlManager(factory, 50) instanceof Scripted);
	});

	test('createFlowControlManager throws a TypeError if its factory returns anything else', () => {
		for (const factory of [() => undefined, () => ({}), Map, 'hyper', null, undefined]) {
			assert.throws(() => createFlowControlManager(factory as never, 50), TypeError);
		}
	});
});

test('a window can be consumed down to 0 and not below', () => {
	const window = windowOf(10);
	assert.equal(window.consume(4), true);
	assert.equal(window.consume(7), false);
	assert.equal(window.available, 6);
	assert.equal(window.consume(6), true);
	assert.equal(window.consume(0), true);
	assert.equal(window.available, 0);
});

test('a window never exceeds 2^31-1, but may be lowered below 0', () => {
	const window = windowOf(0x7fffffff);
	assert.equal(window.increase(1), false);
	assert.equal(window.available, 0x7fffffff);
	assert.equal(window.increase(-0x7fffffff - 5), true);
	assert.equal(window.available, -5);
	assert.equal(window.consume(1), false);
	assert.equal(window.increase(0x7fffffff), true);
	assert.equal(window.available, 0x7ffffffa);
});

test('a window below 0 cannot be consumed', () => {
	const window = windowOf(-5);
	assert.equal(window.consume(0), true);
	assert.equal(window.consume(1), false);
	assert.equal(window.available, -5);
});
