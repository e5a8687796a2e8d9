import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerAppRequest, contentSecurityPolicy } from '../../electron/app-files.ts';

describe('the app’s own files', () => {
  let folder: string;
  let root: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-files-'));
    root = join(folder, 'window');
    mkdirSync(join(root, 'assets'), { recursive: true });
    writeFileSync(join(root, 'index.html'), '<!doctype html>');
    writeFileSync(join(root, 'assets/app.js'), 'export {}');
    writeFileSync(join(root, 'notes.txt'), 'no type of ours');
    writeFileSync(join(folder, 'secret.html'), 'secret');
    mkdirSync(join(folder, 'window-2'));
    writeFileSync(join(folder, 'window-2/index.html'), 'secret');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    'app://host.evil/index.html',
    'app://causeway.evil/index.html',
    'app://causeway:1/index.html',
    'app://user@causeway/index.html',
    'app:///index.html',
    'app://CAUSEWAY/index.html',
    'file:///etc/passwd',
    'https://causeway/index.html',
    'app://causeway/../secret.html',
    'app://causeway/%2e%2e/secret.html',
    'app://causeway/..%2fsecret.html',
    'app://causeway/..%5csecret.html',
    'app://causeway/assets/..\\..\\secret.html',
    'app://causeway/%252e%252e/secret.html',
    'app://causeway//secret.html',
    'app://causeway/../window-2/index.html',
    'app://causeway/C:/secret.html',
    'app://causeway/.hidden.html',
    'app://causeway/index.html%00.js',
    'app://causeway/notes.txt',
    'app://causeway/missing.js',
    'app://causeway/assets',
    'app://causeway/assets/',
  ])('%s is refused, with the policy on the refusal too', async (url) => {
    const answer = await answerAppRequest({ method: 'GET', url }, root);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).not.toContain('secret');
    expect(answer.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
  });

  test.each(['POST', 'PUT', 'HEAD', 'OPTIONS'])('%s is refused', async (method) => {
    const answer = await answerAppRequest({ method, url: 'app://causeway/index.html' }, root);
    expect(answer.status).toBe(405);
  });

  test.each([
    ['app://causeway/', 'text/html; charset=utf-8'],
    ['app://causeway/index.html?x=1#y', 'text/html; charset=utf-8'],
    ['app://causeway/assets/app.js', 'text/javascript; charset=utf-8'],
  ])('%s is served with its type and the security headers', async (url, type) => {
    const answer = await answerAppRequest({ method: 'GET', url }, root);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('the content policy starts from nothing and lets no script, frame or connection in from outside', () => {
    const policy = new Map(contentSecurityPolicy.split('; ').map((part) => [part.split(' ')[0], part]));
    expect(policy.get('default-src')).toBe("default-src 'none'");
    expect(policy.get('script-src')).toBe("script-src 'self'");
    expect(policy.get('connect-src')).toBe("connect-src 'none'");
    expect(policy.get('frame-src')).toBe("frame-src 'none'");
    expect(policy.get('frame-ancestors')).toBe("frame-ancestors 'none'");
    expect(contentSecurityPolicy).not.toMatch(/https?:|\*|unsafe-eval/);
  });
});
