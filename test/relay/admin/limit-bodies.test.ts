import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveApp } from './support/serve-app.ts';

let served: Awaited<ReturnType<typeof serveApp>>;
beforeAll(async () => {
  served = await serveApp({});
});
afterAll(() => served.close());

/** Sends so many bytes without saying how many, and no end. */
const send = (path: string, bytes: number, headers: Readonly<Record<string, string>>) =>
  new Promise<readonly [number, unknown]>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: served.port, path, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => {
        resolve([response.statusCode ?? 0, (JSON.parse(text) as { code: unknown }).code]);
        sent.destroy();
      });
    });
    sent.once('error', reject);
    sent.write(Buffer.alloc(bytes, 'a'));
  });
const token = { authorization: 'Bearer t' };

it.each([
  ['/admin/v1/locks', 1, {}, 401, 'token-rejected'],
  ['/admin/v1/locks', 70_000, {}, 401, 'token-rejected'],
  ['/admin/v1/config/check', 70_000, {}, 401, 'token-rejected'],
  ['/admin/v1/nothing', 70_000, {}, 401, 'token-rejected'],
  ['/admin/v1/locks', 70_000, token, 413, 'body-too-large'],
  ['/admin/v1/relay/reload', 70_000, token, 413, 'body-too-large'],
  ['/admin/v1/nothing', 70_000, token, 413, 'body-too-large'],
  ['/admin/v1/config/check', 5_300_000, token, 413, 'body-too-large'],
  ['/admin/v1/policy/what-if', 5_300_000, token, 413, 'body-too-large'],
])('%s with %i bytes and no end, as %o: %i %s', async (path, bytes, headers, status, code) => {
  expect(await send(path, bytes, headers)).toEqual([status, code]);
});

it.each(['/admin/v1/config/check', '/admin/v1/policy/what-if'])('%s takes the text of a config', async (path) => {
  const headers = { ...token, 'content-type': 'application/json' };
  const body = JSON.stringify({ nosuchfield: 'a'.repeat(4_000_000) });
  const answer = await fetch(`http://127.0.0.1:${served.port}${path}`, { method: 'POST', headers, body });
  expect(answer.status).toBe(400);
});
