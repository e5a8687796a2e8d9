import { exec, execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentName, exampleUrl, type SnippetLanguage, snippetsFor } from '../../../renderer/model/snippets.ts';

const run = promisify(execFile);
const runInShell = promisify(exec);
const platform = process.platform === 'win32' ? 'win32' : 'linux';
const nasty = `/v1/o'rders "x" $(id) \`id\`/\\é%2F%zz?state=open&q=a b;c|d#fragment`;
let server: Server;
let address: string;

beforeAll(async () => {
  server = createServer((request, response) => response.end(`got ${request.url ?? ''}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function snippet(language: SnippetLanguage, examplePath: string): string {
  const found = snippetsFor({ id: 'orders', examplePath }, address, platform).find(
    (each) => each.language === language,
  );
  return found?.text ?? '';
}

describe('snippets', () => {
  const expected = () => `got ${exampleUrl('', nasty)}`;

  test('the curl line works in the system’s shell, however odd the path', async () => {
    const { stdout } = await runInShell(`${snippet('curl', nasty)} --silent --noproxy "*"`);
    expect(stdout).toBe(expected());
  });

  test('the JavaScript runs as a module', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', snippet('javascript', nasty)]);
    expect(stdout.trim()).toBe(expected());
  });

  test('the Python runs with the standard library only', async () => {
    const python = process.platform === 'win32' ? 'python' : 'python3';
    const env = { ...process.env, NO_PROXY: '*', no_proxy: '*' };
    const { stdout } = await run(python, ['-c', snippet('python', nasty)], { env });
    expect(stdout.trim()).toBe(expected());
  });

  test('the .env line names the address', () => {
    expect(snippet('env', '/')).toBe(`ORDERS_URL=${address}`);
  });

  test('on Windows curl is the program, not PowerShell’s alias, in double quotes', () => {
    const [curl] = snippetsFor({ id: 'orders', examplePath: '/v1' }, 'http://127.0.0.1:7101', 'win32');
    expect(curl?.text).toBe('curl.exe "http://127.0.0.1:7101/v1"');
  });

  test('no path puts a character into a snippet that ends a quote or means something to a shell', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(exampleUrl('http://127.0.0.1:1', path)).toMatch(
          /^http:\/\/127\.0\.0\.1:1\/[A-Za-z0-9\-._~/?&=:@,;+*%]*$/,
        );
      }),
    );
  });

  test('a plain path stays as it is, escapes included', () => {
    expect(exampleUrl('http://127.0.0.1:7101/', '/v1/orders?state=open&page=%C3%A9')).toBe(
      'http://127.0.0.1:7101/v1/orders?state=open&page=%C3%A9',
    );
  });

  test('variable names are valid for every API id', () => {
    expect(environmentName('feature-flags')).toBe('FEATURE_FLAGS_URL');
    expect(environmentName('3d-models')).toBe('API_3D_MODELS_URL');
  });
});

describe('over a Unix socket', () => {
  const api = { id: 'orders', examplePath: '/v1/orders?state=open' };

  test('curl names the socket, and a container mounts its folder', () => {
    const snippets = snippetsFor(api, 'http://127.0.0.1:7101', 'linux', '/home/alice/my files/orders.sock');
    expect(snippets.find(({ language }) => language === 'socket')?.text).toBe(
      "curl --unix-socket '/home/alice/my files/orders.sock' 'http://localhost/v1/orders?state=open'",
    );
    const docker = snippets.find(({ language }) => language === 'docker')?.text ?? '';
    expect(docker).toContain("-v '/home/alice/my files:/causeway' \\\n");
    expect(docker).toContain("--unix-socket /causeway/orders.sock 'http://localhost/v1/orders?state=open'");
  });

  test('there is no snippet where there is no socket', () => {
    const languages = snippetsFor(api, 'http://127.0.0.1:7101', 'win32').map(({ language }) => language);
    expect(languages).toEqual(['curl', 'javascript', 'python', 'env']);
  });
});
