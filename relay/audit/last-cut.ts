import type { DatabaseSync } from 'node:sqlite';
import { auditForm } from './audit-schema.ts';
import { storedTree } from './tree/stored-tree.ts';
import { subtreesOf } from './tree/subtrees.ts';
import { createTreeEdge } from './tree/tree-edge.ts';
import { type Cut, cutWordsIn } from './cut-statement.ts';
import { type LogKeys, openLogCut } from './log-keys.ts';

/** The newest cut with the hashes that the tree goes on from. */
export interface LastCut extends Cut {
  readonly hashes: readonly Uint8Array[];
}

/** Undefined when nothing was cut, or no signed record says what: then the first records are missing. */
export function lastCut(database: DatabaseSync, keys: LogKeys): LastCut | undefined {
  if (auditForm(database) !== 'days') return undefined;
  const record = database
    .prepare('SELECT seq, payload FROM audit WHERE seq = (SELECT record FROM cut ORDER BY size DESC LIMIT 1)')
    .get();
  if (record === undefined) return undefined;
  const cut = openLogCut(cutWordsIn(String(record['payload'])) ?? '', keys, Number(record['seq']));
  if (cut === undefined) return undefined;
  const hashes = subtreesOf(0, cut.size).map(storedTree(database));
  const edge = createTreeEdge(cut.size, hashes);
  return cut.root.equals(edge.root()) ? { ...cut, hashes } : undefined;
}
