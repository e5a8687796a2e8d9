import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminEnv } from '../../../../relay/admin/admin-env.ts';
import { type ConsoleFile, readConsoleFiles } from '../../../../relay/admin/console/console-files.ts';
import { consoleHeaders, serveConsole } from '../../../../relay/admin/console/serve-console.ts';
import { ConsoleBrowser } from '../../../support/console-browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-console-'));
const index = '<!doctype html><title>Console</title>';
const script = `export const words = ${JSON.stringify('many words '.repeat(500))};`;
let origin = '';
let files: ReadonlyMap<string, ConsoleFile> | null = null;

const app = new Hono<AdminEnv>();
app.use('/console/*', consoleHeaders());
serveConsole(app, { files: () => files, origin: () => origin });
const server = createAdaptorServer({ fetch: app.fetch });

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), index);
  writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets/main-C0ffee00.js'), script);
  writeFileSync(join(folder, 'assets/main-C0ffee00.js.map'), '{}');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (path: string, headers = {}, method = 'GET') => new ConsoleBrowser(origin).ask(path, { headers, method });

it('says how to build the console where it isn’t built', async () => {
  const answer = await ask('/console/');
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('npm run build:console');
  expect(readConsoleFiles(join(folder, 'assets'))).toBe(null);
});

describe('the built console', () => {
  beforeAll(() => {
    files = readConsoleFiles(folder);
  });

  it.each([
    ['/console/', 200, 'text/html; charset=utf-8'],
    ['/console/sessions', 200, 'text/html; charset=utf-8'],
    ['/console/audit?user=alice', 200, 'text/html; charset=utf-8'],
    ['/console/index.html', 200, 'text/html; charset=utf-8'],
    ['/console/icon.svg', 200, 'image/svg+xml'],
    ['/console/assets/main-C0ffee00.js', 200, 'text/javascript; charset=utf-8'],
    // A page in place of a script would only hide what is wrong.
    ['/console/assets/gone-C0ffee00.js', 404, 'text/plain;charset=UTF-8'],
    ['/console/assets/main-C0ffee00.js.map', 404, 'text/plain;charset=UTF-8'],
    ['/console/../../package.json', 404, 'text/plain;charset=UTF-8'],
    ['/console/%2e%2e/%2e%2e/package.json', 404, 'text/plain;charset=UTF-8'],
    ['/console/assets/../../../package.json', 404, 'text/plain;charset=UTF-8'],
    ['/console/..%2f..%2fpackage.json', 404, 'text/plain;charset=UTF-8'],
  ])('answers %s with %i', async (path, status, type) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers['content-type']?.toLowerCase().replace('; ', ';')]).toEqual([
      status,
      type.toLowerCase().replace('; ', ';'),
    ]);
    expect(answer.text).not.toContain('"dependencies"');
  });

  it.each(['/', '/console'])('is where %s leads', async (path) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.location]).toEqual([302, '/console/']);
  });

  it('lets nothing in but its own files, and isn’t shown in other pages', async () => {
    const { headers } = await ask('/console/');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    );
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    });
  });

  it('is kept for good where the name changes with the contents, and asked for again elsewhere', async () => {
    const asset = await ask('/console/assets/main-C0ffee00.js', { 'accept-encoding': 'gzip, br' });
    expect(asset.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
    });
    expect((await ask('/console/assets/main-C0ffee00.js')).text).toBe(script);
    const page = await ask('/console/');
    const again = await ask('/console/', { 'if-none-match': page.headers.etag });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each(['evil.example', 'localhost:1'])('is at its own address alone, not at %s', async (host) => {
    const answer = await ask('/console/', { host });
    expect(answer.status).toBe(421);
    expect(answer.text).toContain(`${origin}/console/`);
  });

  it('takes nothing', async () => {
    expect((await ask('/console/', {}, 'POST')).status).toBe(404);
  });
});
