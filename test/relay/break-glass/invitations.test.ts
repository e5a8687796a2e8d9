import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../../relay/break-glass/account.ts';
import {
  breakGlassFile,
  breakGlassSteps,
  type BreakGlassStore,
  openBreakGlassStore,
} from '../../../relay/break-glass/break-glass-store.ts';
import { itemKey } from '../../../relay/break-glass/invitations.ts';
import { openMigratedDatabase } from '../../../relay/storage/open-migrated-database.ts';

const credentials: Credentials = { userHandle: 'u', passkeys: [], passphrase: null };
const [first, second] = [itemKey('first'), itemKey('second')];
let dir = '';
let nowMs = 1000;
let store: BreakGlassStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-invitations-'));
  nowMs = 1000;
  store = openBreakGlassStore(dir, () => nowMs);
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});
const invite = (id: string, account = 'kim'): void =>
  store.invite(id, { account, by: 'root' }, nowMs + 60_000, `invited ${account}`);

describe('a link', () => {
  it.each<[what: string, act: () => unknown]>([
    ['the removal of its account', () => store.remove('kim', 'Left')],
    ['the removal of an account that nobody enrolled for', () => store.remove('new', 'Left')],
    ['its account being disabled', () => store.change('kim', () => ({ disabled: true }))],
    [
      'its account being disabled and enabled',
      () => {
        store.change('kim', () => ({ disabled: true }));
        store.change('kim', () => ({ disabled: false }));
      },
    ],
    ['a newer one', () => invite('second')],
    ['its use', () => store.enrol(first, () => credentials, 'enrolled')],
    [
      'an enrolment that another relay tells of',
      () => store.takeOver({ name: 'kim', credentials, disabled: false, changedAtMs: 5000, disabledAtMs: 0 }),
    ],
    [
      'a disabling that another relay tells of',
      () => store.takeOver({ name: 'kim', credentials, disabled: true, changedAtMs: 0, disabledAtMs: 5000 }),
    ],
  ])('is spent by %s', (what, act) => {
    store.change('kim', () => ({ credentials }));
    invite('first', what.includes('nobody') ? 'new' : 'kim');
    invite('other', 'pat');
    expect(store.invitation(first)).not.toBeNull();
    act();
    expect(store.invitation(first)).toBeNull();
    expect(store.enrol(first, () => credentials, 'enrolled')).toBe(false);
    expect(store.invitation(itemKey('other'))).not.toBeNull();
  });

  it('that was made after all that works, whatever the clock says', () => {
    nowMs = 9000;
    store.change('kim', () => ({ disabled: true }));
    store.change('kim', () => ({ disabled: false }));
    nowMs = 500;
    invite('second');
    expect(store.enrol(second, () => credentials, 'enrolled')).toBe(true);
    expect(store.account('kim')).toMatchObject({ credentials, disabled: false });
  });

  it('that was used here stays so, whatever another relay says', () => {
    invite('first');
    const [kept] = store.invitations();
    store.enrol(first, () => credentials, 'enrolled');
    if (kept !== undefined) store.takeOverInvitation(kept);
    expect(store.invitation(first)).toBeNull();
    expect(store.invitations()).toMatchObject([{ id: first, isUsed: true }]);
  });
});

it('a removal leaves an account disabled', () => {
  store.change('kim', () => ({ credentials }));
  store.change('kim', () => ({ disabled: true }));
  expect(store.remove('kim', 'Left')).toBe(true);
  expect(store.account('kim')).toMatchObject({ credentials: null, disabled: true });
});

it('nothing is written when another relay tells what is known', () => {
  store.change('kim', () => ({ credentials }));
  const [own] = store.accounts();
  const database = new DatabaseSync(join(dir, breakGlassFile), { readOnly: true });
  // Changes with each commit of another connection (https://sqlite.org/pragma.html#pragma_data_version).
  const version = () => database.prepare('PRAGMA data_version').get();
  const before = version();
  if (own !== undefined) store.takeOver({ ...own });
  expect(version()).toEqual(before);
  if (own !== undefined) store.takeOver({ ...own, disabled: true, disabledAtMs: 5000 });
  expect(version()).not.toEqual(before);
  database.close();
});

it('a relay of before credentials said by whose link they came refuses the database', () => {
  const { length } = breakGlassSteps;
  for (const steps of [breakGlassSteps.slice(0, 1), breakGlassSteps.slice(0, 2)])
    expect(() => openMigratedDatabase(dir, breakGlassFile, steps).close()).toThrow(
      `${breakGlassFile} was made by a newer relay (its schema has version ${length}, this relay knows ${steps.length}).`,
    );
});

it('a database of before knows when its accounts were disabled', () => {
  const old = mkdtempSync(join(dir, 'old-'));
  const database = new DatabaseSync(join(old, breakGlassFile));
  database.exec(`${breakGlassSteps[0]}; PRAGMA user_version = 1;
    INSERT INTO account VALUES ('kim', NULL, 1, 700), ('pat', NULL, 0, 800);`);
  database.close();
  const opened = openBreakGlassStore(old, () => nowMs);
  expect(opened.accounts()).toMatchObject([
    { name: 'kim', disabled: true, disabledAtMs: 700 },
    { name: 'pat', disabled: false, disabledAtMs: 0 },
  ]);
  opened.close();
});
