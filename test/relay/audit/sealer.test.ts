import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { auditLine } from '../../../relay/audit/audit-line.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { openFolderSealer } from '../../../relay/audit/folder-sealer.ts';
import type { SealingSettings } from '../../../relay/audit/keys/key-store.ts';
import { namesIn } from '../../../relay/audit/personal-fields.ts';
import { createRevealer } from '../../../relay/audit/keys/revealer.ts';
import { dayMs } from '../../../relay/audit/retention/day-segments.ts';
import { alice, decision, outcome, temporaryFolder } from './audit-fixtures.ts';
import { recordsOfZoe, zoe, zoesBytes } from './personal-records.ts';

const erasable: SealingSettings = { erasable: true, refusedDays: undefined };

/** Seals and reveals in a folder of its own, in which Zoe has been before. */
function folder(settings: SealingSettings | 'as before' = erasable, keys = auditFiles(temporaryFolder()).keys) {
  const sealer = openFolderSealer(keys, settings === 'as before' ? undefined : settings);
  const revealer = createRevealer(keys);
  let isOpen = true;
  onTestFinished(() => {
    if (isOpen) sealer.close();
    revealer.close();
  });
  const seal = (...lines: readonly string[]): readonly string[] => sealer.seal(lines);
  if (settings === erasable) seal(auditLine(decision('first', { caller: zoe })));
  const throwAway = (sql: string): void => {
    const database = new DatabaseSync(keys);
    database.exec(`INSERT INTO erased (id, time_ms) SELECT id, 1 FROM ${sql}; DELETE FROM ${sql}`);
    database.close();
    revealer.close();
  };
  const close = (): void => {
    isOpen = false;
    sealer.close();
  };
  return { keys, sealer, revealer, seal, throwAway, close };
}

const parse = (line: string): AuditRecord => JSON.parse(line) as AuditRecord;

describe('what is sealed', () => {
  it.each(recordsOfZoe)('leaves nothing of a person in %s, until the key reveals it', (_, record) => {
    const { seal, revealer, throwAway } = folder();
    const line = auditLine(record);
    const [sealed = ''] = seal(line);
    expect(zoesBytes.filter((bytes) => sealed.includes(bytes))).toEqual([]);
    expect(parse(sealed)).toMatchObject({ type: record.type, timeMs: record.timeMs });
    expect(revealer.reveal(sealed)).toBe(line);
    throwAway('person');
    const left = revealer.reveal(sealed);
    expect(zoesBytes.filter((bytes) => left.includes(bytes))).toEqual([]);
    expect(left).not.toContain('"sealed"');
    expect(Object.keys(parse(left))).toEqual(Object.keys(record));
  });

  it('leaves groups, API, rule and the rest of a request to be counted, and one name for all records of a person', () => {
    const { seal, revealer, throwAway } = folder();
    const sealed = seal(
      auditLine(decision('r1', { caller: zoe })),
      auditLine(decision('r2', { caller: { ...zoe, device: 'another' } })),
    );
    throwAway('person');
    const [first, second] = sealed.map((line) => parse(revealer.reveal(line)));
    expect(first).toMatchObject({ ...decision('r1'), caller: { issuer: '', groups: zoe.groups, device: '' } });
    const nameOf = (record: AuditRecord | undefined): string =>
      record?.type === 'decision' ? record.caller.username : '';
    expect(nameOf(first)).toMatch(/^erased-[\w-]{12}$/);
    expect(nameOf(second)).toBe(nameOf(first));
  });

  it('is nothing in an outcome, in a record of the relay, and in what nobody known claims', () => {
    const { seal } = folder();
    const stranger = { issuer: zoe.issuer, subject: 'stranger' };
    const lines = [
      outcome('r1'),
      { type: 'relay', timeMs: 1, event: 'started', detail: '' } as const,
      {
        type: 'authentication-refused',
        timeMs: 1,
        remoteAddress: '10.0.0.1',
        code: 'c',
        detail: 'd',
        claimed: stranger,
      } as const,
    ].map(auditLine);
    expect(seal(...lines)).toEqual(lines);
  });

  it('can’t be pretended by a caller', () => {
    const { seal, revealer } = folder();
    const path = '/a","caller":{"sealed":"x","of":"y"},"api":"b"}';
    const line = auditLine(decision('r1', { caller: zoe, path, userAgent: '{"sealed":"x","of":"y"}' }));
    expect(revealer.reveal(seal(line)[0] ?? '')).toBe(line);
    const plain = auditLine(decision('r1', { path }));
    expect(revealer.reveal(plain)).toBe(plain);
  });

  it('says that it is sealed, and isn’t erased, to who has no right to the keys, and when it was changed', () => {
    const { seal, revealer } = folder();
    const [sealed = ''] = seal(auditLine(decision('r1', { caller: zoe })));
    const stranger = createRevealer('/nonexistent/audit-keys.sqlite');
    expect(parse(stranger.reveal(sealed))).toMatchObject({ caller: { username: expect.stringMatching(/^sealed-/) } });
    const changed = sealed.replace(/"of":"(.)/, (_, first: string) => `"of":"${first === 'A' ? 'B' : 'A'}`);
    expect(parse(revealer.reveal(changed))).toMatchObject({ caller: { username: expect.stringMatching(/^sealed-/) } });
  });

  it('has a new key once the old one was thrown away, although the writer remembers the caller', () => {
    const { seal, revealer, throwAway } = folder();
    const line = auditLine(decision('r1', { caller: zoe }));
    const [before = ''] = seal(line);
    throwAway('person');
    const [after = ''] = seal(line);
    expect(revealer.reveal(after)).toBe(line);
    expect(revealer.reveal(before)).toContain('erased-');
  });

  it('goes on in a folder where a relay sealed, without its config; and not where it said otherwise', () => {
    const { keys, close } = folder();
    close();
    const line = auditLine(decision('r1', { caller: alice }));
    expect(folder('as before', keys).seal(line)).not.toEqual([line]);
    expect(folder({ erasable: false, refusedDays: undefined }, keys).seal(line)).toEqual([line]);
    expect(folder('as before', keys).seal(line)).toEqual([line]);
  });

  it('needs no file where nothing is to be sealed', () => {
    const { keys, seal } = folder({ erasable: false, refusedDays: undefined });
    const line = auditLine(decision('r1'));
    expect(seal(line)).toEqual([line]);
    expect(existsSync(keys)).toBe(false);
  });
});

describe('refused sign-ins with days of their own', () => {
  const day = 20_000;
  const refused = (at: number, subject: string): AuditRecord => ({
    type: 'authentication-refused',
    timeMs: at * dayMs + 5,
    remoteAddress: '10.0.0.1',
    code: 'token-expired',
    detail: 'From 10.0.0.1.',
    claimed: { issuer: zoe.issuer, subject },
  });

  it.each<[what: string, settings: SealingSettings, subject: string]>([
    ['of anybody', { erasable: false, refusedDays: 2 }, 'anybody'],
    ['of a person who has a key, too', { erasable: true, refusedDays: 2 }, zoe.subject],
  ])('say nothing of the caller once the day’s key is gone: %s', (_, settings, subject) => {
    const { seal, revealer, sealer } = folder(settings);
    if (settings.erasable) seal(auditLine(decision('first', { caller: zoe })));
    const lines = [day - 2, day - 1, day].map((at) => auditLine(refused(at, subject)));
    const sealed = seal(...lines);
    expect(sealed.join('')).not.toContain('10.0.0.1');
    expect(sealed.map((line) => revealer.reveal(line))).toEqual(lines);
    expect(sealer.dropOldDays(day * dayMs + 7)).toBe(1);
    expect(sealer.dropOldDays(day * dayMs + 7)).toBe(0);
    revealer.close();
    const [old, ...kept] = sealed.map((line) => revealer.reveal(line));
    expect(kept).toEqual(lines.slice(1));
    expect(parse(old ?? '')).toEqual({
      ...refused(day - 2, ''),
      remoteAddress: '',
      detail: '(erased)',
      claimed: null,
    });
  });

  it('leave no address in the lock of the rule that counts them; nor where somebody takes it away; one by somebody who runs the relay stays', () => {
    const { seal, revealer, sealer } = folder({ erasable: true, refusedDays: 2 });
    const locked = (operator: string, lock: string, event: 'lock-added' | 'lock-removed'): AuditRecord => ({
      type: 'lock',
      timeMs: (day - 2) * dayMs,
      event,
      operator,
      reason: 'r',
      target: 'the address 10.0.0.1',
      lock,
      untilMs: null,
    });
    const lines = [
      locked('the rule refused-sign-ins', 'finding-l', 'lock-added'),
      locked('root (command line)', 'finding-l', 'lock-removed'),
      locked('zoe (admin API)', 'finding-l', 'lock-removed'),
      locked('root', 'l', 'lock-added'),
    ].map(auditLine);
    const sealed = seal(...lines);
    for (const line of sealed.slice(0, 3)) expect(line).not.toContain('10.0.0.1');
    expect(sealed.map((line) => revealer.reveal(line))).toEqual(lines);
    expect(sealer.dropOldDays(day * dayMs)).toBe(1);
    revealer.close();
    expect(sealed.map((line) => parse(revealer.reveal(line)))).toMatchObject([
      { target: 'the address (erased)', operator: 'the rule refused-sign-ins' },
      { target: 'the address (erased)', operator: 'root (command line)', reason: 'r' },
      { target: 'the address (erased)', operator: 'zoe (admin API)', reason: 'r' },
      { target: 'the address 10.0.0.1' },
    ]);
  });

  it('go with the person, too, before their day is over', () => {
    const { seal, revealer, throwAway } = folder({ erasable: true, refusedDays: 2 });
    seal(auditLine(decision('first', { caller: zoe })));
    const [sealed = ''] = seal(auditLine(refused(day, zoe.subject)));
    throwAway('person');
    expect(parse(revealer.reveal(sealed))).toMatchObject({ remoteAddress: '', claimed: null, code: 'token-expired' });
  });
});

describe('whether a text names somebody', () => {
  it.each<[names: readonly string[], text: string, isNamed: boolean]>([
    [['alice'], '/users/alice', true],
    [['alice'], '/users/ALICE/x', true],
    [['alice'], '/users/alice2', false],
    [['alice'], '/malice', false],
    [['alice@corp.example'], '/users/alice', true],
    [['alice@corp.example'], '/users/alice%40corp.example', true],
    [['al'], '/al', false],
    [['jér.ôme'], String.raw`"/j\u00e9r.\u00f4me"`, true],
    [['jér.ôme'], '/j%C3%A9r.%C3%B4me', true],
    [['a.b+c(d'], '/a.b+c(d', true],
    [['a.b+c(d'], '/axb+c(d', false],
    [[], '/alice', false],
    [[''], '/alice', false],
  ])('%s in %s: %s', (names, text, isNamed) => {
    expect(namesIn(names)(text)).toBe(isNamed);
  });
});
