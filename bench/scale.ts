import type { Bench } from './figure.ts';
import { cutTogether } from './scale/cut-together.ts';
import { idleTunnels } from './scale/idle-tunnels.ts';
import { stalledReaders } from './scale/stalled-readers.ts';

/** What many tunnels, a lost relay and stalled readers cost. */
export const scale: Bench = async (options) => [
  await idleTunnels(options),
  await cutTogether(options),
  ...(await stalledReaders(options)),
];
