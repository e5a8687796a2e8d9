import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FolderHolder, lockFolder } from '../../../relay/audit/folder-lock.ts';
import { temporaryFolder } from './audit-fixtures.ts';

const soonMs = 20;
const module = new URL('../../../relay/audit/folder-lock.ts', import.meta.url).href;

/** Takes the lock in a thread of its own, which it holds up; answers what came of it. */
function lockElsewhere(path: string, holder: FolderHolder): Promise<string> {
  const code = `
    import { parentPort } from 'node:worker_threads';
    import { lockFolder } from ${JSON.stringify(module)};
    try {
      lockFolder(${JSON.stringify(path)}, ${JSON.stringify(holder)}, ${soonMs}).close();
      parentPort.postMessage('taken');
    } catch (error) {
      parentPort.postMessage(error.message);
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { execArgv: [] });
  onTestFinished(() => void worker.terminate());
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

describe('the lock of a data folder', () => {
  it.each<[holder: FolderHolder, by: FolderHolder]>([
    ['relay', 'relay'],
    ['command', 'relay'],
    ['command', 'command'],
  ])('lets no %s in while a %s has it', async (holder, by) => {
    const path = join(temporaryFolder(), 'audit.lock');
    const held = lockFolder(path, by, soonMs);
    expect(await lockElsewhere(path, holder)).toBe('another relay already uses this data folder');
    held.close();
    expect(await lockElsewhere(path, holder)).toBe('taken');
  });

  it('is waited for by a relay that starts while commands have it, one after the other', async () => {
    const path = join(temporaryFolder(), 'audit.lock');
    let held = lockFolder(path, 'command', soonMs);
    const starting = lockElsewhere(path, 'relay');
    for (let command = 0; command < 3; command += 1) {
      await pause(10 * soonMs);
      held.close();
      expect(existsSync(`${path}.command`)).toBe(false);
      if (command < 2) held = lockFolder(path, 'command', 1000);
    }
    expect(await starting).toBe('taken');
  });

  it('isn’t waited for because of a command that was killed', async () => {
    const path = join(temporaryFolder(), 'audit.lock');
    writeFileSync(`${path}.command`, '');
    const held = lockFolder(path, 'relay', soonMs);
    expect(existsSync(`${path}.command`)).toBe(false);
    expect(await lockElsewhere(path, 'relay')).toBe('another relay already uses this data folder');
    held.close();
  });
});
