import { entryId, type Entry, personOf } from './record-words.ts';

/** One fact of a record; with `filter`, all records that share it can be shown. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly filter?: Readonly<Record<string, string>>;
  readonly isCode?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);

/** The decision of a record, in order of interest; what is empty is left out. Pure. */
export function factsOf(entry: Entry): readonly Fact[] {
  const { record, outcome } = entry;
  const caller = fields(record['caller']);
  const person = personOf(entry);
  const of = (name: string, value: unknown, filter?: string, isCode = false): Fact => ({
    name,
    value: shown(value),
    isCode,
    ...(filter === undefined ? {} : { filter: { [filter]: shown(value) } }),
  });
  const ended = outcome as Fields | null;
  const facts: readonly Fact[] = [
    of('Person', person, 'user'),
    of('Groups', Array.isArray(caller['groups']) ? caller['groups'].join(', ') : ''),
    of('Why', record['reason'] ?? record['detail'] ?? record['note']),
    of('Rule', record['rule'], 'rule'),
    of('Code', record['code'] ?? ended?.['code'], 'code'),
    of('API', record['api'], 'api'),
    of('Method', record['method'], 'method'),
    of('Path', record['path'], 'path', true),
    of('Query', record['query'], undefined, true),
    ...(ended === null
      ? []
      : [
          of('Outcome', ended['outcome']),
          of('Status', ended['status'], 'status'),
          of('Took', `${Math.round(Number(ended['durationMs']))} ms`),
          of('Sent and received', `${ended['requestBytes'] as number} and ${ended['responseBytes'] as number} bytes`),
          of('What went wrong', ended['detail']),
        ]),
    of('Role', record['role']),
    of('Granted by', record['by']),
    of('Grant', record['grant'], 'grant', true),
    of('Operator', record['operator'] === undefined ? '' : operatorOf(record['operator'])),
    of('Target', record['target']),
    of('Address', caller['remoteAddress'] ?? record['remoteAddress'], 'address', true),
    of('Device', caller['device'] ?? record['device'], 'device'),
    of('Program', record['userAgent']),
    of('Session', caller['sessionId'] ?? record['sessionId'], 'session', true),
    of('Request', record['requestId'], 'request', true),
    of('Policy', record['policyRevision'], undefined, true),
    of('Record', entryId(entry), undefined, true),
  ];
  return facts.filter(({ value }) => value !== '');
}

function operatorOf(operator: unknown): string {
  if (typeof operator === 'string') return operator;
  const { user, sudoUser } = fields(operator);
  return typeof sudoUser === 'string' ? `${sudoUser} as ${shown(user)}` : shown(user);
}
