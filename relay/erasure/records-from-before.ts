import { openAuditReader } from '../audit/reading/audit-reader.ts';

/** How many records name somebody and aren't sealed, because they are older than `audit.erasable`; and the last of them. */
export function recordsFromBefore(
  dataDir: string,
  names: readonly string[],
): { readonly count: number; readonly lastSeq: number } {
  const reader = openAuditReader(dataDir);
  try {
    const stored = reader.database.prepare('SELECT payload FROM audit WHERE seq = ?');
    const seqs = new Set<number>();
    for (const name of names)
      for (const { seq } of reader.newestFirst({ user: name }))
        if (!String(stored.get(seq)?.['payload']).includes('{"sealed":"')) seqs.add(seq);
    return { count: seqs.size, lastSeq: Math.max(0, ...seqs) };
  } finally {
    reader.close();
  }
}
