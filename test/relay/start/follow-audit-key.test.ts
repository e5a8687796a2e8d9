import { expect, it } from 'vitest';
import { followAuditKey } from '../../../relay/start/follow-audit-key.ts';
import { waitFor } from '../../support/wait-for.ts';
import { silent } from '../audit/audit-fixtures.ts';

it.each<[what: string, wanted: readonly string[], refusals: number, expected: readonly string[]]>([
  ['the same key', ['K1'], 0, []],
  ['another key', ['K2'], 0, ['K2']],
  ['another key while the log can’t be written', ['K2'], 2, ['K2', 'K2', 'K2']],
  ['two more keys, one behind the other', ['K2', 'K3'], 0, ['K2', 'K3']],
  ['a key in between that never came to sign', ['K2', 'K3'], 1, ['K2', 'K3']],
  ['the former key, when nobody knows whether the other one signs', ['K2', 'K1'], 1, ['K2', 'K1']],
])('asks for %s until it signs, one change at a time', async (_what, wanted, refusals, expected) => {
  const asked: (string | undefined)[] = [];
  let underWay = 0;
  const replaceKey = async (_why: string, key?: string): Promise<string> => {
    asked.push(key);
    expect((underWay += 1)).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    if (asked.length <= refusals) throw new Error('PostgreSQL is away');
    return String(key);
  };
  const follow = followAuditKey({ replaceKey }, { auditKey: 'K1' }, silent, 1);
  for (const auditKey of wanted) follow({ auditKey });
  await waitFor(() => expect(asked).toHaveLength(expected.length));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(asked).toEqual(expected);
});
