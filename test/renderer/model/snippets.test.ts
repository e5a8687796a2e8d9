import { exec, execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessKeyPlaceholder } from '../../../shared/access-key.ts';
import { environmentName, exampleUrl, type SnippetLanguage, snippetsFor } from '../../../renderer/model/snippets.ts';

const run = promisify(execFile);
const runInShell = promisify(exec);
const platform = process.platform === 'win32' ? 'win32' : 'linux';
const nasty = `/v1/o'rders "x" $(id) \`id\`/\\é%2F%zz?state=open&q=a b;c|d#fragment`;
const key = 'k3y-of_32-characters-in-base64url';
let server: Server;
let address: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const isRefused = request.url?.startsWith('/keyed') === true && request.headers['x-causeway-key'] !== key;
    if (isRefused) response.writeHead(403).end('no key');
    else response.end(`got ${request.url ?? ''}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The snippet as it is in the clipboard. */
function snippet(language: SnippetLanguage, examplePath: string, keyed = false): string {
  const found = snippetsFor({ id: 'orders', examplePath }, address, platform, { keyed }).find(
    (each) => each.language === language,
  );
  return (found?.text ?? '').replaceAll(accessKeyPlaceholder, key);
}

const python = process.platform === 'win32' ? 'python' : 'python3';

/** How each snippet is run by somebody who pastes it, and whether this computer has the program for it. */
const programs: readonly {
  readonly language: SnippetLanguage;
  readonly missing: string | null;
  readonly output: (text: string) => Promise<{ readonly stdout: string }>;
}[] = [
  { language: 'curl', missing: null, output: (text) => runInShell(`${text} --silent --noproxy "*"`) },
  {
    language: 'javascript',
    missing: null,
    output: (text) => run(process.execPath, ['--input-type=module', '--eval', text]),
  },
  {
    language: 'python',
    missing: null,
    output: (text) => run(python, ['-c', text], { env: { ...process.env, NO_PROXY: '*', no_proxy: '*' } }),
  },
  { language: 'go', missing: missingProgram('go', 'version'), output: runGo },
  {
    language: 'powershell',
    missing: missingProgram('pwsh', '-Version'),
    output: (text) => run('pwsh', ['-NoProfile', '-NonInteractive', '-Command', text]),
  },
];

/** Null when the program runs here, else its name. */
function missingProgram(program: string, argument: string): string | null {
  return spawnSync(program, [argument]).status === 0 ? null : program;
}

async function runGo(text: string): Promise<{ readonly stdout: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-go-'));
  try {
    await writeFile(join(folder, 'main.go'), text);
    return await run('go', ['run', join(folder, 'main.go')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('snippets', () => {
  const expected = () => `got ${exampleUrl('', nasty)}`;

  describe.each(programs)('$language', ({ language, missing, output }) => {
    const where = missing === null ? '' : ` (not run: no ${missing} here)`;

    test.skipIf(missing !== null)(`works as pasted, however odd the path${where}`, async () => {
      expect((await output(snippet(language, nasty))).stdout.trim()).toBe(expected());
    });

    test.skipIf(missing !== null)(`carries the access key where one is demanded${where}`, async () => {
      const { stdout } = await output(snippet(language, '/keyed'.concat(nasty), true));
      expect(stdout.trim()).toBe(`got ${exampleUrl('', '/keyed'.concat(nasty))}`);
    });
  });

  test('the .env line names the address', () => {
    expect(snippet('env', '/')).toBe(`ORDERS_URL=${address}`);
    expect(snippet('env', '/', true)).toBe(`ORDERS_URL=${address}\nORDERS_ACCESS_KEY=${key}`);
  });

  test('on Windows curl is the program, not PowerShell’s alias, in double quotes', () => {
    const [curl] = snippetsFor({ id: 'orders', examplePath: '/v1' }, 'http://127.0.0.1:7101', 'win32');
    expect(curl?.text).toBe('curl.exe "http://127.0.0.1:7101/v1"');
    const [keyed] = snippetsFor({ id: 'orders', examplePath: '/v1' }, 'http://127.0.0.1:7101', 'win32', {
      keyed: true,
    });
    expect(keyed?.text).toBe('curl.exe -H "X-Causeway-Key: <access-key>" "http://127.0.0.1:7101/v1"');
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
    const snippets = snippetsFor(api, 'http://127.0.0.1:7101', 'linux', {
      socketPath: '/home/alice/my files/orders.sock',
      keyed: true,
    });
    expect(snippets.find(({ language }) => language === 'socket')?.text).toBe(
      "curl --unix-socket '/home/alice/my files/orders.sock' 'http://localhost/v1/orders?state=open'",
    );
    const docker = snippets.find(({ language }) => language === 'docker')?.text ?? '';
    expect(docker).toContain("-v '/home/alice/my files:/causeway' \\\n");
    expect(docker).toContain("--unix-socket /causeway/orders.sock 'http://localhost/v1/orders?state=open'");
  });

  test('there is no snippet where there is no socket', () => {
    const languages = snippetsFor(api, 'http://127.0.0.1:7101', 'win32').map(({ language }) => language);
    expect(languages).toEqual(['curl', 'javascript', 'python', 'go', 'powershell', 'env']);
  });
});
