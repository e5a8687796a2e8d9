import { AccessError } from '../../../shared/errors.ts';
import type { Cursor } from '../reading/audit-source.ts';
import type { KnownLog } from './stored-records.ts';

/**
 * Reads a cursor: of one relay its record's number, of several `relay:number` for each, joined by commas. A relay that it
 * doesn't name wasn't there yet: all of its records come later.
 * @throws AccessError `bad-input`
 */
export function parseCursor(
  cursor: Cursor | undefined,
  logs: readonly KnownLog[],
  isOne: boolean,
  direction: 'forwards' | 'backwards',
): Map<string, number> {
  const [only] = logs;
  if (cursor === undefined)
    return new Map(logs.map(({ relay, last }) => [relay, direction === 'forwards' ? 0 : last + 1]));
  if (typeof cursor === 'number') {
    if (isOne && only !== undefined) return new Map([[only.relay, cursor]]);
    throw new AccessError('bad-input', `The cursor ${cursor} is of one relay: name it with --relay.`);
  }
  const at = new Map<string, number>();
  for (const part of cursor.split(',')) {
    const [, relay, seq] = /^([a-z0-9-]{1,63}):(\d{1,15})$/.exec(part) ?? [];
    if (relay === undefined || seq === undefined || !logs.some((log) => log.relay === relay))
      throw new AccessError('bad-input', `“${part}” in the cursor isn’t a place in the records of a relay.`);
    at.set(relay, Number(seq));
  }
  for (const { relay } of logs) if (!at.has(relay)) at.set(relay, 0);
  return at;
}

/** Writes what {@link parseCursor} reads. */
export function formatCursor(at: ReadonlyMap<string, number>, isOne: boolean): Cursor {
  const [only] = at.values();
  return isOne && only !== undefined ? only : [...at].map(([relay, seq]) => `${relay}:${seq}`).join(',');
}
