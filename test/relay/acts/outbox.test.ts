import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { type AdministratorRecord } from '../../../relay/acts/act-table.ts';
import { operatorWords, currentOperator, readReason } from '../../../relay/acts/operator.ts';
import { createOutboxWriter, type Outbox, type WaitingRecord } from '../../../relay/acts/outbox.ts';
import { untilRecorded } from '../../../relay/acts/until-recorded.ts';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import type { AuditLog } from '../../../relay/audit/audit-record.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { revokeCommand } from '../../../relay/commands/revoke.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { openAudit, silent, temporaryFolder } from '../audit/audit-fixtures.ts';

const person = { issuer: 'https://idp.example', subject: 's-1', username: 'alice' };
const act = (id: string): AdministratorRecord => ({
  type: 'administrator',
  timeMs: Date.now(),
  id,
  act: 'sign-ins-revoked',
  operator: { user: 'causeway', sudoUser: 'dana' },
  reason: 'lost laptop',
  person,
});
const recorded = (dataDir: string): readonly string[] =>
  queryAudit(dataDir, { limit: 100 }).flatMap(({ record }) => (record.type === 'administrator' ? [record.id] : []));
const settled = (outbox: Outbox, audit: AuditLog, dataDir: string): Promise<void> =>
  new Promise((resolve) => createOutboxWriter(outbox, { audit, dataDir, log: silent, onSettled: resolve }).write());

test.each([
  ['', 'The reason is empty'],
  [' \t\n', 'The reason is empty'],
  ['\u202E\u0000', 'The reason is empty'],
  ['x'.repeat(1001), 'The reason is too long'],
])('the reason %j is refused, and nothing is revoked', async (reason, message) => {
  const dataDir = temporaryFolder();
  expect(() => readReason(reason)).toThrow(message);
  let text = '';
  const write = (more: string): void => void (text += more);
  expect(await revokeCommand({ dataDir, who: 'x', issuer: 'https://idp.example', reason, write })).toBe(2);
  expect(text).toContain(message);
  const file = openRevocationFile(dataDir);
  expect([file.read(Date.now()), file.acts.waiting()]).toEqual([[], []]);
  file.close();
});

test.each([
  [{}, null],
  [{ SUDO_USER: '' }, null],
  [{ SUDO_USER: 'dana' }, 'dana'],
  [{ SUDO_USER: 'da\u001B[31mna' }, 'da [31mna'],
])('of %j the operator is behind sudo: %j', (env, sudoUser) => {
  const operator = currentOperator(env);
  expect(operator.sudoUser).toBe(sudoUser);
  expect(operator.user).not.toBe('');
  expect(operatorWords(operator)).toContain(sudoUser ?? operator.user);
});

const timeMs = Date.now();
const lock = {
  type: 'lock',
  timeMs,
  operator: 'dana',
  reason: 'lost',
  target: 'alice',
  lock: 'l1',
  untilMs: null,
} as const;
const grant = { type: 'access', timeMs, grant: 'g1', requester: person, api: null, role: 'admin', hours: 1 } as const;
const decided = { expiresAtMs: null, by: 'dana', note: 'fine' } as const;
const kinds: readonly WaitingRecord['record'][] = [
  act('one'),
  { ...lock, event: 'lock-added' },
  { ...lock, event: 'lock-removed' },
  { ...grant, ...decided, event: 'approved' },
  { ...grant, ...decided, event: 'revoked' },
];

test.each(kinds.map((record) => [record.type, record] as const))(
  'of any kind of act (%s) another process knows which one is in the audit already',
  async (_type, record) => {
    const dataDir = temporaryFolder();
    const audit = await openAudit(dataDir);
    const waiting = kinds.map((each, index) => ({ id: String(index), record: each }));
    const isOne = ({ record: each }: WaitingRecord): boolean => each === record;
    await settled({ waiting: () => waiting.filter(isOne), didRecord: () => undefined }, audit, dataDir);
    await settled({ waiting: () => waiting, didRecord: () => undefined }, audit, dataDir);
    const database = new DatabaseSync(auditFiles(dataDir).database, { readOnly: true });
    const payloads = database.prepare('SELECT payload FROM audit ORDER BY seq').all();
    database.close();
    const found = payloads.map((row) => JSON.parse(String(row['payload'])) as unknown);
    expect(found).toEqual([record, ...kinds.filter((each) => each !== record)]);
  },
);

test('an act is recorded once although whoever wrote it was killed before it could note that', async () => {
  const dataDir = temporaryFolder();
  const file = openRevocationFile(dataDir);
  file.write([], act('one'));
  const audit = await openAudit(dataDir);
  await settled({ waiting: () => file.acts.waiting(), didRecord: () => undefined }, audit, dataDir);
  expect([file.acts.waiting().length, recorded(dataDir)]).toEqual([1, ['one']]);
  file.write([], act('two'));
  await settled(file.acts, audit, dataDir);
  expect([file.acts.waiting(), recorded(dataDir)]).toEqual([[], ['two', 'one']]);
  file.close();
});

test('an act whose writing fails is written later, and once although it was written nevertheless', async () => {
  const dataDir = temporaryFolder();
  const file = openRevocationFile(dataDir);
  const audit = await openAudit(dataDir);
  let failsAfterwards = true;
  const slow: AuditLog = {
    healthy: true,
    close: () => Promise.resolve(),
    append(record, done) {
      if (failsAfterwards) audit.append(record, () => done(new Error('the disk didn’t answer')));
      else audit.append(record, done);
    },
  };
  let didSettle: () => void = () => undefined;
  const writer = createOutboxWriter(file.acts, { audit: slow, dataDir, log: silent, onSettled: () => didSettle() });
  const write = (): Promise<void> =>
    new Promise((resolve) => {
      didSettle = resolve;
      writer.write();
    });
  await write();
  file.write([], act('slow'));
  await write();
  expect([writer.isBehind, file.acts.waiting().length, recorded(dataDir)]).toEqual([true, 1, ['slow']]);
  failsAfterwards = false;
  await write();
  expect([writer.isBehind, file.acts.waiting(), recorded(dataDir)]).toEqual([false, [], ['slow']]);
  file.close();
});

test('an act that isn’t written in time is said to wait, and stays', async () => {
  const dataDir = temporaryFolder();
  await openAudit(dataDir);
  const file = openRevocationFile(dataDir);
  file.write([], act('held'));
  const isRecorded = (): boolean => file.acts.isRecorded('held');
  expect(await untilRecorded({ dataDir, outbox: file.acts, isRecorded, longestMs: 50 })).toBe(false);
  expect(file.acts.waiting().map(({ id }) => id)).toEqual(['held']);
  file.close();
});

test('without a relay the command writes the record itself, with who did it, why, and to whom', async () => {
  const dataDir = temporaryFolder();
  const { issuer, subject: who } = person;
  expect(await revokeCommand({ dataDir, who, issuer, reason: 'leaves us', write: () => undefined })).toBe(0);
  expect(queryAudit(dataDir, { limit: 9 }).map(({ record }) => record)).toMatchObject([
    {
      type: 'administrator',
      act: 'sign-ins-revoked',
      operator: { user: currentOperator().user },
      reason: 'leaves us',
      person: { issuer, subject: who },
    },
  ]);
});
