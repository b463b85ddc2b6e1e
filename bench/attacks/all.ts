// All attacks, in the order of the table.

import type { Attack } from './attack.ts';
import { contentAttacks } from './content.ts';
import { frameAttacks } from './frames.ts';

export const attacks: readonly Attack[] = [...contentAttacks, ...frameAttacks];
