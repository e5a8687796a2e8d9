import { steers } from './shown-text.ts';

/** Longest name that a person may choose for a device, in UTF-16 units. */
export const maxChosenName = 100;

/** A name that a person chooses for a device, without spaces around it; null for one that it can’t have. */
export function readChosenName(given: string): string | null {
  const name = given.trim();
  return name.length <= maxChosenName && name.isWellFormed() && !steers(name) ? name : null;
}
