import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { serveApp } from '../../../client/app-link/serve-app.ts';
import type { ClientCore } from '../../../client/core/client-core.ts';
import {
  freshUpdateRecord,
  readUpdateRecord,
  updatesFolder,
  usualUserData,
  writeUpdateRecord,
} from '../../../client/updates/update-record.ts';
import { updateLine } from '../../../shared/app-update-text.ts';
import { passedOverReasons, updateFailureReasons, updatesOffReasons } from '../../../shared/app-update.ts';
import { setLocale } from '../../../shared/messages/language.ts';
import { sampleOffer, sampleUpdate } from '../../support/renderer-preview/sample-update.ts';
import { startCli } from '../support/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'causeway-update-status-'));
const nowMs = Date.parse('2026-06-01T12:00:00Z');
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.runIf(process.platform === 'linux')(
  '“causeway update status” says what is known: nothing, what was written down, what the running app says',
  { timeout: 120_000 },
  async () => {
    const place = join(root, 'link', 'app.sock');
    mkdirSync(join(root, 'link'), { mode: 0o700 });
    const environment = { HOME: root, XDG_CONFIG_HOME: join(root, 'config'), CAUSEWAY_APP_SOCKET: place };
    const status = async () => {
      const { ended, lines } = startCli(['update', 'status'], environment);
      const { code } = await ended;
      return [code, lines.at(-1)];
    };
    expect(await status()).toEqual([0, { type: 'update', installed: null, running: false }]);

    const folder = updatesFolder(usualUserData({ XDG_CONFIG_HOME: join(root, 'config') }, 'linux', root));
    const failed = sampleUpdate(nowMs, {
      state: { status: 'failed', reason: 'wrong-key', detail: 'The key 00 isn’t one of ours.', offer: null },
    });
    await writeUpdateRecord(folder, { ...freshUpdateRecord(), last: failed });
    expect((await readUpdateRecord(folder))?.last).toEqual(failed);
    expect(await status()).toEqual([1, { type: 'update', running: false, ...failed }]);

    const ready = sampleUpdate(nowMs, {
      state: { status: 'ready', offer: sampleOffer, laterUntilMs: null, byItself: true, onQuit: true },
    });
    const nothing = { watch: () => () => undefined, watchActivity: () => () => undefined };
    const link = await serveApp({
      core: nothing as unknown as ClientCore,
      place,
      appVersion: '1.3.2',
      appUpdate: () => ready,
      consent: () => 'allowed',
      ask: async () => false,
      now: Date.now,
      didRefuse: () => undefined,
    });
    try {
      expect(await status()).toEqual([0, { type: 'update', running: true, ...ready }]);
    } finally {
      await link.close();
    }
  },
);

test('every reason has words of its own in both languages', () => {
  for (const locale of ['en', 'de']) {
    setLocale(locale);
    const lines = [
      ...updateFailureReasons.map((reason) =>
        updateLine({ checkedAtMs: null, state: { status: 'failed', reason, detail: '', offer: null } }),
      ),
      ...updatesOffReasons.map((reason) => updateLine({ checkedAtMs: null, state: { status: 'off', reason } })),
      ...passedOverReasons.map((reason) =>
        updateLine({ checkedAtMs: null, state: { status: 'current', passedOver: { version: '1.4.0', reason } } }),
      ),
    ];
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.filter((line) => /updates\.(?:off|failed|passed)/.test(line) || line.trim() === '')).toEqual([]);
  }
  setLocale('en');
});
