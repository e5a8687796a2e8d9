import { assertNever } from '../../../shared/errors.ts';
import { shownText } from '../../../shared/shown-text.ts';
import type { AuditEntry } from '../../audit/reading/audit-query.ts';
import type { SourcedEntry } from '../../audit/reading/audit-source.ts';

/** A record as one line for people, without control characters that a caller made up. */
export function describeEntry({ relay, seq, record, outcome }: SourcedEntry): string {
  const place = relay === undefined ? String(seq) : `${relay} ${seq}`;
  return printable([place, new Date(record.timeMs).toISOString(), ...columns(record, outcome)].join('  '));
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
      if (record.event === 'renamed')
        return [record.caller.username, 'renamed a device', record.caller.remoteAddress, record.detail];
      if (record.event === 'console-signed-in' || record.event === 'console-signed-out')
        return [record.caller.username, record.event.replaceAll('-', ' '), record.caller.remoteAddress, record.detail];
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
      return [record.person?.username ?? 'nobody signed in', record.act, by, record.reason];
    }
    case 'lock':
      return [record.operator, record.event.replace('-', ' '), `${record.target}, ${record.lock}`, record.reason];
    case 'anomaly':
      return [
        record.person?.username ?? 'nobody signed in',
        `anomaly ${record.rule}`,
        record.api ?? '',
        record.remoteAddress,
        record.detail,
      ];
    case 'relay':
      return [
        record.person?.username ?? 'relay',
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
