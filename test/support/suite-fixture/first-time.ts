import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether this is the first of two runs; `SUITE_FIXTURE_DIR` keeps the memory of it. */
export function isFirstTime(name: string): boolean {
  const path = join(process.env['SUITE_FIXTURE_DIR'] ?? '', name);
  const isFirst = !existsSync(path);
  writeFileSync(path, '');
  return isFirst;
}
