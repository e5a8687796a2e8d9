import type { AuditEntry, AuditQuery } from '../audit/query-audit.ts';
import { queryAudit } from '../audit/query-audit.ts';
import { assertNever } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';

/** What `relay audit list` was asked. */
export interface AuditCommandOptions {
  readonly dataDir: string;
  readonly filters: AuditQuery;
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  /** Takes finished text; ends each line itself. */
  readonly write: (text: string) => void;
}

/**
 * Lists the audit of a data folder, also while a relay writes it.
 * @returns exit code: 0.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export async function auditCommand(options: AuditCommandOptions): Promise<number> {
  const { dataDir, json, write } = options;
  const entries = queryAudit(dataDir, options.filters);
  for (const entry of entries) write(`${json ? JSON.stringify(entry) : describe(entry)}\n`);
  if (entries.length === 0 && !json) write('No record matches.\n');
  return 0;
}

function describe({ seq, record, outcome }: AuditEntry): string {
  return printable([String(seq), new Date(record.timeMs).toISOString(), ...columns(record, outcome)].join('  '));
}

function columns(record: AuditEntry['record'], outcome: AuditEntry['outcome']): readonly string[] {
  switch (record.type) {
    case 'decision':
      return [
        record.caller.username,
        record.effect === 'allow' ? 'allowed' : 'denied',
        `${record.method} ${record.api}${record.path}`,
        outcome === null
          ? '(no outcome)'
          : `${outcome.status ?? outcome.outcome} in ${Math.round(outcome.durationMs)} ms`,
        record.reason,
        record.requestId,
      ];
    case 'authentication-refused':
      return [record.claimed?.subject ?? 'unknown caller', 'refused', record.remoteAddress, record.code, record.detail];
    case 'session':
      if (record.event === 'signed-out')
        return [record.caller.username, 'signed out', record.caller.remoteAddress, record.detail];
      return [record.caller.username, `session ${record.event}`, record.caller.device, record.detail];
    case 'access':
      return [
        record.requester.username,
        `access ${record.event}`,
        `${record.role} at ${record.api ?? 'all APIs'}, grant ${record.grant}`,
        record.by === '' ? '' : `by ${record.by}`,
        record.note,
      ];
    case 'administrator': {
      const { user, sudoUser } = record.operator;
      const by = sudoUser === null ? `by ${user}` : `by ${sudoUser} as ${user}`;
      return [record.person.username, record.act, by, record.reason];
    }
    case 'lock':
      return [record.operator, record.event.replace('-', ' '), `${record.target}, ${record.lock}`, record.reason];
    case 'relay':
      return [
        'relay',
        record.event,
        record.detail,
        ...(record.config === undefined ? [] : [`config ${record.config.hash.slice(0, 12)} of ${record.config.owner}`]),
      ];
    default:
      return assertNever(record);
  }
}

/** Keeps what a caller made up (names, paths) from steering the terminal. */
function printable(text: string): string {
  return shownText(text, '�');
}
