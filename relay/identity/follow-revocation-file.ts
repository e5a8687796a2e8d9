import { join } from 'node:path';
import type { Logger } from 'pino';
import { pollDatabase } from '../storage/poll-database.ts';
import type { RevocationMark } from './revocations.ts';
import { openRevocationFile, revocationFile } from './stored-revocations.ts';

/** Calls back with the marks in the data folder: at once, and again whenever another process has changed them. */
export function followRevocationFile(options: {
  readonly dataDir: string;
  readonly log: Logger;
  readonly onMarks: (marks: readonly RevocationMark[]) => void;
  readonly now?: () => number;
  /** How often changes are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}): { readonly write: (marks: readonly RevocationMark[]) => void; close(): void } {
  const { log, onMarks, now = Date.now, pollMs = 250 } = options;
  const file = openRevocationFile(options.dataDir);
  let version = file.version();
  const poll = pollDatabase(join(options.dataDir, revocationFile), pollMs, () => {
    try {
      const current = file.version();
      if (current === version) return;
      onMarks(file.read(now()));
      version = current;
    } catch (error) {
      log.error({ err: error }, 'revocations can’t be read');
    }
  });
  onMarks(file.read(now()));
  return {
    write: (marks) => file.write(marks),
    close() {
      poll.close();
      file.close();
    },
  };
}
