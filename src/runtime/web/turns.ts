// The turns of the event loop of a platform without setImmediate.

import { createTurns } from '../turns.ts';

/** Implements `Runtime.nextTurn`. */
export const nextTurn: () => Promise<void> = createTurns((callback) => void setTimeout(callback, 0));
