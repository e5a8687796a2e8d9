import type { Logger } from 'pino';
import type { RevocationMark } from './revocations.ts';
import { openRevocationFile } from './stored-revocations.ts';

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
  const poll = setInterval(() => {
    try {
      const current = file.version();
      if (current === version) return;
      onMarks(file.read(now()));
      version = current;
    } catch (error) {
      log.error({ err: error }, 'revocations can’t be read');
    }
  }, pollMs).unref();
  onMarks(file.read(now()));
  return {
    write: (marks) => file.write(marks),
    close() {
      clearInterval(poll);
      file.close();
    },
  };
}
