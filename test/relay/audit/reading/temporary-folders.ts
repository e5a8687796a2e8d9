import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder that goes away after the tests of a file. */
export function useTemporaryFolder(): { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'causeway-reading-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return { path };
}
