import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { longest } from '../../build/tests/longest-first.ts';
import { groupTests } from '../../build/tests/test-groups.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { sharing, byVite } = groupTests(root);

describe('the groups of test files', () => {
  it.each(longest)('%s, which begins early, is there and has a process of its own', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
    expect(sharing).not.toContain(path);
  });

  it('put into one process no file that starts others or changes its own', () => {
    expect(sharing.length).toBeGreaterThan(100);
    for (const path of sharing)
      expect(readFileSync(join(root, path), 'utf8'), path).not.toMatch(/\bvi\.mock|child_process|process\.env\b/);
  });

  it('leave to Vite only files that replace modules or show what JSX makes', () => {
    expect(byVite.length).toBeGreaterThan(0);
    for (const path of byVite)
      expect(readFileSync(join(root, path), 'utf8'), path).toMatch(/\bvi\.(?:mock|hoisted)\(|\/console\//);
  });

  it('put into one process only files that leave the language as it was', () => {
    const setting = sharing.filter((path) => readFileSync(join(root, path), 'utf8').includes('setLocale('));
    expect(setting.length).toBeGreaterThan(0);
    for (const path of setting)
      expect(readFileSync(join(root, path), 'utf8'), path).toMatch(/after(?:Each|All)\(\(\) => setLocale\('en'\)\)/);
  });
});
