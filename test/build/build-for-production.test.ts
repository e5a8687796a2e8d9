import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { buildForProduction } from '../../build/build-for-production.ts';

describe('what is shipped', () => {
  const outDir = mkdtempSync(join(tmpdir(), 'causeway-build-'));
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));

  it('holds no development code, also when a test run builds it first', async () => {
    expect(process.env['NODE_ENV']).toBe('test');
    const configFile = fileURLToPath(new URL('../../build/vite.renderer.config.ts', import.meta.url));
    await buildForProduction({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
    expect(process.env['NODE_ENV']).toBe('test');
    const scripts = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts)
      expect(readFileSync(join(outDir, 'assets', name), 'utf8')).not.toMatch(/jsxDEV|react-dom-client\.development/);
  });
});
