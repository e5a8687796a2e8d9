import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { type OwnDisk, startOwnDisk, whyNoOwnDisk } from '../../support/own-disk.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

const reason = whyNoOwnDisk();

describe.skipIf(reason !== null)(`a relay on a bad disk${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let disk: OwnDisk;
  let echo: EchoUpstream;
  let world: PipelineWorld;
  beforeAll(async () => {
    disk = startOwnDisk();
    echo = await startEcho();
    world = await startPipelineWorld({
      separate: true,
      dataDir: join(disk.folder, 'data'),
      apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }],
    });
  });
  afterAll(async () => {
    await world.close();
    await echo.close();
    disk.close();
  });

  async function call(method: string, path: string): Promise<{ readonly status: number; readonly code: unknown }> {
    const body = method === 'POST' ? { body: 'x'.repeat(10) } : {};
    const answer = await fetch(`http://127.0.0.1:${world.port('echo')}${path}`, { method, ...body });
    return { status: answer.status, code: ((await answer.json()) as { readonly code?: unknown }).code };
  }
  const readiness = async (): Promise<number> => (await fetch(`${world.relayUrl}/readyz`)).status;
  const refused = { status: 503, code: 'audit-unavailable' };
  // Between the cases a GET goes first: reading the audit holds up the API in this process, which then closes connections that
  // the relay is about to use again, and a POST isn't sent a second time.
  let count = 0;
  /**
   * Sends requests until some are refused, and answers the paths of those. The room that the log has taken beforehand is
   * enough for some megabytes; a disk that is full may have room for a small record even then.
   */
  const untilRefused = async (): Promise<readonly string[]> => {
    for (;;) {
      const paths = Array.from({ length: 16 }, () => `/found-out/${count++}/${'x'.repeat(6000)}`);
      const answers = await Promise.all(paths.map((path) => call('POST', path)));
      const other = answers.filter(({ status }) => status !== 200);
      expect(other).toEqual(other.map(() => refused));
      if (other.length > 0) return paths.filter((_path, at) => answers[at]?.status === 503);
    }
  };
  const targets = (): readonly string[] => echo.requests.map(({ target }) => target);

  it.each<[what: string, break_: () => void, mend: () => void]>([
    ['is full', () => disk.fill(), () => disk.free()],
    ['doesn’t answer', () => disk.freeze(), () => disk.thaw()],
  ])(
    'that %s answers no request and sends none on, stays, and serves when the disk is well',
    async (what, break_, mend) => {
      expect((await call('GET', '/before')).status).toBe(200);
      break_();
      try {
        const unanswered = await untilRefused();
        expect(targets().filter((target) => unanswered.includes(target))).toEqual([]);
        if (what === 'doesn’t answer') expect(await readiness()).toBe(503);
      } finally {
        mend();
      }
      await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: 30_000, interval: 50 });
      expect((await call('GET', `/after-it-${what.slice(0, 2)}`)).status).toBe(200);
      expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
    },
  );

  it('that goes read-only answers no request either, and has all records when it is started on a mended one', async () => {
    expect((await call('GET', '/kept')).status).toBe(200);
    disk.breakDown();
    await untilRefused();
    expect(await call('GET', '/refused')).toEqual(refused);
    expect(await readiness()).toBe(503);
    await world.process?.stop();
    disk.plugInAgain();
    const paths = queryAudit(world.dataDir, { limit: 1_000_000 }).map(({ record }) => 'path' in record && record.path);
    for (const path of ['/before', '/kept', '/after-it-is', '/after-it-do']) expect(paths).toContain(path);
    expect(verifyAudit(world.dataDir)).toMatchObject({ status: 'ok' });
  });
});
