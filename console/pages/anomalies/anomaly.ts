import type { Report } from '../../api/admin-api.ts';

/** Something out of the ordinary that the relay has found. */
export interface Anomaly {
  readonly id: string;
  readonly timeMs: number;
  readonly rule: string;
  readonly person: string | null;
  readonly api: string | null;
  readonly remoteAddress: string;
  readonly device: string;
  readonly detail: string;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The findings of a report. Pure. */
export function anomaliesOf({ rows }: Pick<Report, 'rows'>): readonly Anomaly[] {
  return rows.map((row) => ({
    id: textOf(row['id']) ?? '',
    timeMs: Date.parse(String(row['time'])),
    rule: textOf(row['rule']) ?? '',
    person: textOf(row['person']),
    api: textOf(row['api']),
    remoteAddress: textOf(row['remoteAddress']) ?? '',
    device: textOf(row['device']) ?? '',
    detail: textOf(row['detail']) ?? '',
  }));
}

const words: Readonly<Record<string, string>> = {
  'denial-burst': 'Many denials',
  'path-scan': 'Many paths tried',
  'first-use-of-api': 'First use of an API',
  'new-device': 'New device',
  'new-address': 'New address',
  'two-places': 'Two places at once',
  'refused-sign-ins': 'Sign-ins refused',
  'dormant-account': 'Back after a long time',
  'break-glass': 'Emergency access used',
};

/** A rule’s name as people read it. */
export function ruleWords(rule: string): string {
  return words[rule] ?? rule;
}
