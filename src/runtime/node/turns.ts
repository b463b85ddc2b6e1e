// The turns of Node's event loop, for node.ts and for decoders that work on this thread.

import { createTurns } from '../turns.ts';

/** Implements `Runtime.nextTurn`. */
export const nextTurn: () => Promise<void> = createTurns((callback) => void setImmediate(callback));
