import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { openKeyEraser } from '../../../relay/erasure/key-eraser.ts';
import { lookAtState, type KeptSituation } from '../../../relay/overview/look-at-state.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

function looked(dataDir: string): Promise<KeptSituation> {
  const config = { audit: { sinks: [] }, break_glass: undefined, relay: { data: dataDir } };
  return lookAtState({ config: config as never, counts: { dataDir, shared: null }, state: { dataDir } }, Date.now());
}

it('the overview says that keys can’t be read while somebody writes them, or when they are damaged, and answers the rest', async () => {
  const dataDir = temporaryFolder();
  const { keys } = auditFiles(dataDir);
  openKeyEraser(keys).close();
  expect(await looked(dataDir)).toMatchObject({ erasures: [], unreadable: null });
  const writing = new DatabaseSync(keys);
  writing.exec('BEGIN EXCLUSIVE');
  const unreadable = expect.stringContaining('audit-keys.sqlite can’t be read');
  expect(await looked(dataDir)).toMatchObject({ erasures: null, unreadable });
  writing.exec('ROLLBACK');
  writing.close();
  writeFileSync(keys, 'no database at all, and long enough to be looked at as one'.repeat(100));
  expect(await looked(dataDir)).toMatchObject({ erasures: null, unreadable });
}, 30_000);
