import type { Logger } from 'pino';
import { followRevocationFile } from './follow-revocation-file.ts';
import { createRevocations, type Revocations } from './revocations.ts';

/** Revocations of one relay, which outlast it and which its command line adds to. */
export function storeRevocations(options: {
  readonly dataDir: string;
  readonly log: Logger;
  /** Called when something was revoked, here or on the command line. */
  readonly onRevoked: () => void;
  readonly now?: () => number;
  /** How often changes by the command line are looked for, milliseconds. Default 250. */
  readonly pollMs?: number;
}): Revocations & { close(): void } {
  const { log, onRevoked, now = Date.now, pollMs = 250 } = options;
  const local = createRevocations({ now });
  const file = followRevocationFile({
    dataDir: options.dataDir,
    log,
    now,
    pollMs,
    onMarks(marks) {
      let isNews = false;
      for (const mark of marks) isNews = local.take(mark) || isNews;
      if (isNews) onRevoked();
    },
  });

  return {
    revoke(revocation, by) {
      const marks = local.mark(revocation, by);
      onRevoked();
      file.write(marks);
    },
    revokedBy: (identity) => local.revokedBy(identity),
    problem: () => null,
    close: () => file.close(),
  };
}
