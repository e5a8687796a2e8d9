import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { readProjectFile, sectionOf } from '../../docs/read-docs.ts';
import { freePort } from '../../support/free-port.ts';
import { findProgram } from '../../support/install-programs.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';

const proxy = '127.0.0.1';
const stranger = '127.0.0.9';
const inPage = sectionOf(readProjectFile('docs/admin.md'), '## The console');

let world: TunnelWorld;
let port: number;
beforeAll(async () => {
  port = await freePort();
  world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      admin: {
        listen: { port },
        roles: { owner: ['security'] },
        trusted_proxies: { addresses: [proxy], address_from: 'x-forwarded-for' },
      },
    }),
  });
});
afterAll(() => world?.close());

/** Comes from an address with a token that counts nowhere; the address that the audit has of it. */
async function seenFrom(localAddress: string, forwarded: string): Promise<string> {
  const token = `made-up-${Math.random()}`;
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': forwarded };
  const before = refusals().length;
  const sent = request({ host: proxy, port, path: '/admin/v1/relay', localAddress, headers }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(401);
  await vi.waitFor(() => expect(refusals().length).toBe(before + 1), { timeout: 20_000 });
  return refusals()[0] ?? '';
}

function refusals(): readonly string[] {
  return queryAudit(world.dataDir, { limit: 50, type: 'authentication-refused' }).flatMap(({ record }) =>
    record.type === 'authentication-refused' ? [record.remoteAddress] : [],
  );
}

describe('the operators’ port', () => {
  it.each<[string, string, string, string]>([
    ['a trusted proxy names one', proxy, '198.51.100.7', '198.51.100.7'],
    ['one forged it before the proxy', proxy, '6.6.6.6, 198.51.100.8', '198.51.100.8'],
    ['anybody else names one', stranger, '6.6.6.6', stranger],
  ])('records the address of an operator as %s', async (_what, from, forwarded, seen) => {
    expect(await seenFrom(from, forwarded)).toBe(seen);
  });
});

describe.runIf(findProgram('nginx') !== null)('nginx in front, as docs/admin.md has it', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-admin-nginx-'));
  let nginx: ChildProcess;
  let front: number;

  beforeAll(async () => {
    front = await freePort();
    const block = /```nginx\n([^]*?)```/.exec(inPage)?.[1] ?? '';
    expect(block).toContain('127.0.0.1:8443');
    const [cert, key] = ['relay.pem', 'relay-key.pem'].map((name) => join(dirname(world.dataDir), name));
    const server = `server { listen ${proxy}:${front} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};\n${block.replace('127.0.0.1:8443', `127.0.0.1:${port}`)}}`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder};`,
    );
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}\nhttp { access_log off; ${temporary.join(' ')}\n${server} }`,
    );
    nginx = spawn(findProgram('nginx') ?? '', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
    await vi.waitFor(
      async () => {
        const socket = connect(front, proxy);
        await once(socket, 'connect');
        socket.destroy();
      },
      { timeout: 20_000 },
    );
  });
  afterAll(async () => {
    const gone = once(nginx, 'exit');
    nginx.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, token: string, body?: string): Promise<IncomingMessage> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const method = body === undefined ? 'GET' : 'POST';
    const sent = httpsRequest({
      host: proxy,
      port: front,
      path,
      method,
      localAddress: stranger,
      ca: world.ca,
      headers,
    });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  };

  it('an operator gets in, events come at once, a large config gets through, and a refusal has their address', async () => {
    const token = await world.issuer.token('dana', 600, { groups: ['security'] });
    const relay = await ask('/admin/v1/relay', token);
    relay.resume();
    expect(relay.statusCode).toBe(200);
    const events = await ask('/admin/v1/events', token);
    const [first] = (await once(events, 'data')) as [Buffer];
    expect(first.toString()).toContain('event: hello');
    events.destroy();
    const text = `relay: {}\n#${'x'.repeat(3_000_000)}`;
    const checked = await ask('/admin/v1/config/check', token, JSON.stringify({ text }));
    checked.resume();
    expect(checked.statusCode).toBe(200);
    const refused = await ask('/admin/v1/relay', 'nonsense-through-nginx');
    refused.resume();
    expect(refused.statusCode).toBe(401);
    await vi.waitFor(() => expect(refusals()[0]).toBe(stranger), { timeout: 20_000 });
  });
});
