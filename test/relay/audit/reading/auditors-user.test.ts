import { execFile } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keptCodeOf } from '../../../../build/kept-code.ts';
import { auditFiles } from '../../../../relay/audit/audit-files.ts';
import { openIndex } from '../../../../relay/audit/reading/audit-index.ts';
import { createRevealer } from '../../../../relay/audit/keys/revealer.ts';
import { openForReading } from '../../../../relay/audit/open-audit.ts';
import { fillAudit } from '../../../support/fill-audit.ts';
import { append, decision, openAudit, temporaryFolder } from '../audit-fixtures.ts';

const main = fileURLToPath(new URL('../../../../relay/start/main.ts', import.meta.url));
const nobody = 65_534;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the relay's command line as another user, who is in one group that may read. */
function asAuditor(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { uid: nobody, gid: nobody, env: { ...process.env, ...keptCodeOf(nobody), HOME: '/nonexistent' } };
    const child = execFile(process.execPath, [main, 'audit', ...words], options, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** What docs/audit.md says to do, once. */
function letAuditorsRead(dataDir: string): void {
  const { database, checkpoints, verifierKey } = auditFiles(dataDir);
  for (const path of [dataDir, database, checkpoints, verifierKey]) chownSync(path, -1, nobody);
  chmodSync(dataDir, 0o2710);
  for (const path of [database, checkpoints, verifierKey]) chmodSync(path, 0o640);
}

// Only root may become another user.
describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'an auditor without the service’s rights',
  () => {
    it('is refused until the folder is theirs to read', async () => {
      const dataDir = temporaryFolder();
      fillAudit(dataDir, 10);
      expect(await asAuditor('list', '--data', dataDir)).toEqual({
        code: 2,
        out: '',
        err: `This user may not look into ${dataDir}. Join the group that the config names as admin.socket_group, to ask the relay, or as audit.reader_group, to read its records; or run the command as the relay’s user.\n`,
      });
    });

    it('reads, exports and verifies while a relay writes, after it stopped, and after it was killed; and writes nothing', async () => {
      const dataDir = temporaryFolder();
      fillAudit(dataDir, 33_000);
      letAuditorsRead(dataDir);
      const audit = await openAudit(dataDir);
      for (const id of ['r1', 'r2', 'r3']) await append(audit, decision(id));
      const database = openForReading(dataDir);
      openIndex(dataDir, database, createRevealer(auditFiles(dataDir).keys)).write(0);
      database.close();
      const { index } = auditFiles(dataDir);
      for (const path of [index, join(index, readdirSync(index)[0] ?? '')]) expect(statSync(path).gid).toBe(nobody);
      const files = (): readonly string[] => readdirSync(dataDir, { recursive: true }).map(String).toSorted();

      const before = files();
      const running = await asAuditor('list', '--data', dataDir, '--api', 'orders', '--user', 'alice', '--json');
      expect(running.err).toBe('');
      // All but what the newest commit added.
      expect(running.out).toContain('"requestId":"r2"');
      const rare = await asAuditor('list', '--data', dataDir, '--user', 'person-7', '--limit', '1000');
      expect([rare.code, rare.out.split('\n').length > 50]).toEqual([0, true]);
      expect(files()).toEqual(before);

      const killed = temporaryFolder();
      for (const name of ['audit.sqlite', 'audit.sqlite-wal', 'audit-checkpoints.log', 'audit-verifier-key.txt'])
        copyFileSync(join(dataDir, name), join(killed, name));
      letAuditorsRead(killed);
      chownSync(join(killed, 'audit.sqlite-wal'), -1, nobody);
      copyFileSync(join(dataDir, 'audit.sqlite-shm'), join(killed, 'audit.sqlite-shm'));
      for (const name of ['audit.sqlite-wal', 'audit.sqlite-shm']) {
        chownSync(join(killed, name), -1, nobody);
        chmodSync(join(killed, name), 0o640);
      }
      const afterKill = await asAuditor('list', '--data', killed, '--limit', '1', '--json');
      expect([afterKill.code, afterKill.out]).toEqual([0, expect.stringContaining('"requestId":"r3"')]);

      await audit.close();
      expect(existsSync(`${auditFiles(dataDir).database}-wal`)).toBe(false);
      const stopped = await asAuditor('list', '--data', dataDir, '--limit', '1', '--json');
      expect([stopped.code, stopped.out]).toEqual([0, expect.stringContaining('"requestId":"r3"')]);
      expect(await asAuditor('export', '--data', dataDir, '--user', 'alice')).toMatchObject({
        code: 0,
        err: '3 records are exported. What comes later: --cursor 33003\n',
      });
      const state = join(temporaryFolder(), 'state.json');
      expect(await asAuditor('verify', '--data', dataDir, '--state', state)).toMatchObject({
        code: 0,
        out: expect.stringContaining('The audit is whole: 33003 records'),
      });
      expect(files()).toEqual(before.filter((name) => !/-(?:wal|shm)$/.test(name)));
    }, 60_000);
  },
);
