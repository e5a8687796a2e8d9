import { AccessError } from '../../../shared/errors.ts';
import { openAuditReader } from './audit-reader.ts';
import type { AuditSource, Cursor, SourcedLines } from './audit-source.ts';
import { followAudit } from './follow-audit.ts';
import { namesInFolder, requireNames } from './known-names.ts';

const linesAtOnce = 1000;

/** The records of a data folder. @throws AccessError `bad-input` when it can't be read */
export function openFolderSource(dataDir: string): AuditSource {
  const reader = openAuditReader(dataDir);
  const { lastSeq } = reader.index;
  return {
    requireKnownNames: (filters, configured) => requireNames(filters, configured, namesInFolder(reader)),
    async *newestFirst(filters, cursor) {
      for (const entry of reader.newestFirst(filters, numberOf(cursor))) yield { ...entry, cursor: entry.seq };
    },
    async *inOrder(filters, cursor) {
      let some: SourcedLines[] = [];
      for (const lines of reader.inOrder(filters, numberOf(cursor))) {
        some.push(lines);
        if (some.length < linesAtOnce) continue;
        yield some;
        some = [];
      }
      yield some;
    },
    end: (cursor) => Math.max(lastSeq, numberOf(cursor) ?? 0),
    follow: (filters, signal) => followAudit({ dataDir, filters, after: lastSeq, signal }),
    close: async () => reader.close(),
  };
}

function numberOf(cursor: Cursor | undefined): number | undefined {
  if (typeof cursor !== 'string') return cursor;
  throw new AccessError('bad-input', `The cursor “${cursor}” is of several relays; this is the audit of one.`);
}
