import { createRevealer } from '../audit/keys/revealer.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { openForReading } from '../audit/open-audit.ts';
import { openAuditSource } from '../audit/shared/open-source.ts';
import type { SharedPlace } from '../audit/shared/open-shared.ts';

/** Some records of the audit, as lines of JSON, the newest first. */
export type NewestRecords = AsyncIterable<readonly string[]>;

const recordsAtOnce = 2000;
const outcomeStart = '{"type":"outcome"';

/**
 * Records from the newest on back, some at a time, with what is sealed in them as far as it can be read; outcomes come as
 * empty texts, because nothing here asks for them.
 * @throws AccessError `bad-input` when there is no audit, `shared-state-unavailable`
 */
export async function* newestRecords(dataDir: string, shared: SharedPlace | null): NewestRecords {
  if (shared === null) yield* newestInFolder(dataDir);
  else yield* newestInStorage(shared);
}

async function* newestInFolder(dataDir: string): NewestRecords {
  const database = openForReading(dataDir);
  const revealer = createRevealer(auditFiles(dataDir).keys);
  try {
    const select = database.prepare('SELECT seq, payload FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?');
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = select.all(before, recordsAtOnce);
      if (rows.length === 0) return;
      before = Number(rows.at(-1)?.['seq']);
      yield rows.map(({ payload }) => {
        const line = String(payload);
        return line.startsWith(outcomeStart) ? '' : revealer.reveal(line);
      });
    }
  } finally {
    revealer.close();
    database.close();
  }
}

async function* newestInStorage(shared: SharedPlace): NewestRecords {
  const source = await openAuditSource({ dataDir: '', shared });
  try {
    let some: string[] = [];
    for await (const { record, outcome } of source.newestFirst({ type: 'decision' })) {
      some.push(JSON.stringify(record));
      if (outcome !== null) some.push('');
      if (some.length < recordsAtOnce) continue;
      yield some;
      some = [];
    }
    yield some;
  } finally {
    await source.close();
  }
}
