import type { Logger } from 'pino';
import type { AuditLog, AuditRecord } from '../audit/audit-record.ts';
import { recordEvent } from '../audit/record-event.ts';
import type { ConfigSource } from '../config/config-source.ts';
import { redactedText } from '../config/redacted-text.ts';
import { openRevisionStore, type RevisionEvent, revisionHash } from './revision-store.ts';

type RelayRecord = Extract<AuditRecord, { type: 'relay' }>;

const maxDetailLength = 8000;

/** What keeps the text of each config, and records which one was put in force or refused. */
export type ConfigRecorder = (
  event: Extract<RelayRecord['event'], 'started' | 'policy-loaded' | 'policy-refused'>,
  detail: string,
  /** Undefined when the file could not be read at all. */
  source: ConfigSource | undefined,
) => void;

/** Records configs in the audit, and keeps their texts without secrets beside it. */
export function configRecorder(options: {
  readonly dataDir: string;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Called whenever something was added to the data folder. */
  readonly onKept?: () => void;
}): ConfigRecorder {
  const { dataDir, audit, log, onKept } = options;

  const keep = (event: RevisionEvent, text: string): void => {
    try {
      const store = openRevisionStore(dataDir);
      try {
        store.keep(event, text);
      } finally {
        store.close();
      }
      onKept?.();
    } catch (error) {
      log.error({ err: error, hash: event.hash }, 'the text of a config can’t be kept; its record has only the hash');
    }
  };

  return (event, words, source) => {
    const detail = words.slice(0, maxDetailLength);
    if (source === undefined) {
      recordEvent(audit, log, event, detail);
      return;
    }
    const { path: file, owner, changedAtMs } = source;
    const text = redactedText(source.text);
    const hash = revisionHash(text);
    // Before its record, which so never names a text that isn't there.
    keep({ timeMs: Date.now(), event: event === 'policy-refused' ? 'refused' : 'loaded', file, hash }, text);
    recordEvent(audit, log, event, detail, { hash, file, owner, changedAtMs });
  };
}
