import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { type EchoUpstream, startEcho } from '../support/upstreams/start-echo.ts';

const run = promisify(execFile);
const has = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

let echo: EchoUpstream;
let world: PipelineWorld;
let address: string;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  address = `http://127.0.0.1:${world.port('echo')}`;
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

describe('programs that people have', () => {
  it.runIf(has('curl')).each([
    ['over HTTP/1.1', '--http1.1', '1.1'],
    ['over cleartext HTTP/2', '--http2-prior-knowledge', '2'],
  ])('curl posts a file and gets the answer, %s', async (_how, option, version) => {
    const form = ['-sS', '--max-time', '60', option, '-w', '\n%{http_code} %{http_version}'];
    const file = ['-H', 'Expect: 100-continue', '-T', fileURLToPath(import.meta.url)];
    const { stdout } = await run('curl', [...form, ...file, `${address}/file`]);
    const split = stdout.lastIndexOf('\n');
    expect(stdout.slice(split + 1)).toBe(`200 ${version}`);
    expect(JSON.parse(stdout.slice(0, split))).toMatchObject({ method: 'PUT', target: '/file' });
  });

  it('Node’s fetch reuses its connections over many requests', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_none, index) => {
        const response = await fetch(`${address}/fetch/${index}`, { method: 'POST', body: String(index) });
        return `${response.status} ${((await response.json()) as { target: string }).target}`;
      }),
    );
    expect(statuses).toEqual(Array.from({ length: 100 }, (_none, index) => `200 /fetch/${index}`));
  });

  it.runIf(has('wrk'))('wrk gets an answer to all it sends on 32 connections, each decided', async () => {
    echo.clear();
    const { stdout } = await run('wrk', ['--threads=1', '--connections=32', '--duration=2s', `${address}/wrk`]);
    const requests = Number(/(?<count>\d+) requests in/u.exec(stdout)?.groups?.['count']);
    expect(requests).toBeGreaterThan(32);
    expect(stdout).not.toMatch(/Non-2xx|Socket errors/u);
    expect(echo.requests.length).toBeGreaterThanOrEqual(requests);
    const decided = (): number => world.decisions(1_000_000).filter(({ record }) => record.path === '/wrk').length;
    await expect.poll(decided).toBeGreaterThanOrEqual(echo.requests.length);
  });
});
