import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../../relay/audit/verify-audit.ts';
import { type OwnDisk, startOwnDisk, whyNoOwnDisk } from '../../../support/own-disk.ts';
import type { AppendAnswer, AppendRequest } from '../append-to.ts';
import { decision } from '../audit-fixtures.ts';

const reason = whyNoOwnDisk();
const freeze = (disk: OwnDisk): void => disk.freeze();

describe.skipIf(reason !== null)(`an audit on a bad disk${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let disk: OwnDisk;
  let child: ChildProcess;
  let kept: string[];

  beforeEach(() => {
    disk = startOwnDisk();
    kept = [];
    child = fork(new URL('../append-to.ts', import.meta.url), { execArgv: [] });
  });
  afterEach(async () => {
    await kill();
    disk.close();
  });

  const open = async (stallMs = 60_000): Promise<void> =>
    expect(await ask({ type: 'open', dataDir: dataDir(), stallMs })).toMatchObject({ code: null });
  const dataDir = (): string => join(disk.folder, 'data');
  async function ask(request: AppendRequest): Promise<AppendAnswer> {
    child.send(request);
    const [answer] = (await once(child, 'message')) as [AppendAnswer];
    return answer;
  }
  async function append(id: string, text = ''): Promise<AppendAnswer> {
    const answer = await ask({ type: 'append', record: decision(id, text === '' ? {} : { reason: text }) });
    if (answer.code === null) kept.push(id);
    return answer;
  }
  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  /** What room the log has taken beforehand has to be used up first. */
  async function untilRefused(): Promise<AppendAnswer> {
    for (;;) {
      const answer = await append('large', 'x'.repeat(500_000));
      if (answer.code !== null) return answer;
    }
  }
  const untilBack = (): Promise<void> =>
    vi.waitFor(async () => expect((await append('back')).code).toBeNull(), { timeout: 30_000, interval: 50 });
  /** What is on the medium when the machine has lost its power. */
  async function losePower(): Promise<void> {
    await kill();
    disk.plugInAgain();
  }
  function expectAllKept(): void {
    const found = queryAudit(dataDir(), { limit: 100_000 }).map(
      ({ record }) => 'requestId' in record && record.requestId,
    );
    expect(kept.filter((id) => !found.includes(id))).toEqual([]);
    expect(verifyAudit(dataDir())).toMatchObject({ status: 'ok' });
  }

  it.each<[what: string, break_: (disk: OwnDisk) => void, mend: (disk: OwnDisk) => void, says: RegExp]>([
    ['is full', (it) => it.fill(), (it) => it.free(), /full/],
    ['doesn’t answer', freeze, (it) => it.thaw(), /didn’t answer for 2 s/],
  ])(
    'that %s refuses records and goes on when it is well; none that was taken is lost',
    async (_what, break_, mend, says) => {
      await open(break_ === freeze ? 2000 : undefined);
      for (let count = 0; count < 20; count += 1) expect((await append(`before-${count}`)).code).toBeNull();
      break_(disk);
      try {
        const refused = await untilRefused();
        expect(refused).toMatchObject({
          code: 'audit-unavailable',
          message: expect.stringMatching(says),
          healthy: false,
        });
      } finally {
        mend(disk);
      }
      await untilBack();
      for (let count = 0; count < 20; count += 1) expect((await append(`after-${count}`)).code).toBeNull();
      await losePower();
      expectAllKept();
    },
  );

  it('whose flushes fail refuses records and goes on when they don’t; none that was taken is lost to a killed relay', async () => {
    await open();
    expect((await append('before')).code).toBeNull();
    disk.starve();
    try {
      const refused = await untilRefused();
      expect(refused).toMatchObject({
        code: 'audit-unavailable',
        message: expect.stringMatching(/I\/O error/),
        healthy: false,
      });
    } finally {
      disk.feed();
    }
    await untilBack();
    await kill();
    expectAllKept();
  });

  it('that goes read-only refuses records, and has all it took when it is plugged in again', async () => {
    await open();
    for (let count = 0; count < 20; count += 1) expect((await append(`before-${count}`)).code).toBeNull();
    disk.breakDown();
    expect(await append('refused')).toMatchObject({ code: 'audit-unavailable', healthy: false });
    expect((await append('refused, too')).code).toBe('audit-unavailable');
    await losePower();
    expectAllKept();
  });
});
