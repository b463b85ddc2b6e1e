// All attacks, in the order of the table.

import type { Attack } from './attack.ts';
import { codingAttacks } from './codings.ts';
import { contentAttacks } from './content.ts';
import { frameAttacks } from './frames.ts';
import { messageAttacks } from './messages.ts';
import { uploadAttacks } from './uploads.ts';

export const attacks: readonly Attack[] = [
	...contentAttacks,
	...codingAttacks,
	...messageAttacks,
	...uploadAttacks,
	...frameAttacks,
];
