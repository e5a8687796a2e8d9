import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { decideAccessRequest } from '../../../relay/administration/access-requests.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import { freePort } from '../../support/free-port.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { postgresPrograms, type PostgresServer, startPostgres } from '../../support/start-postgres.ts';
import { mailCertificates, type MailServer, startMailServer } from './start-mail-server.ts';

let idp: Idp;
let mails: MailServer;
let folder: string;
const relayUrl = `http://127.0.0.1:${await freePort()}`;
const posts: { readonly type: string; readonly data: { readonly request: string } }[] = [];
let failing = 0;
const hook = createServer((request, response) => {
  void text(request).then((body) => {
    if (failing > 0) {
      failing -= 1;
      response.writeHead(503).end();
      return;
    }
    posts.push(JSON.parse(body) as (typeof posts)[number]);
    response.writeHead(204).end();
  });
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-told-'));
  const pem = await mailCertificates();
  writeFileSync(join(folder, 'mail-ca.pem'), pem.ca);
  writeFileSync(join(folder, 'mail-password'), 'letters\n', { mode: 0o600 });
  writeFileSync(join(folder, 'hook-secret'), `whsec_${randomBytes(32).toString('base64')}`, { mode: 0o600 });
  hook.listen(0, '127.0.0.1');
  [idp, mails] = await Promise.all([
    startIdp({ audience: relayUrl }),
    startMailServer({ cert: pem.cert, key: pem.key }),
    once(hook, 'listening'),
  ]);
}, 60_000);
afterAll(async () => {
  await idp?.close();
  await mails?.close();
  hook.closeAllConnections();
  hook.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Node {
  readonly relay: Relay;
  readonly dataDir: string;
  ask(user: string, path: string, body?: object): Promise<{ id: string; status: number }>;
}

async function startNode(name: string, extra: object = {}): Promise<Node> {
  const configPath = join(folder, `${name}.yaml`);
  const config = {
    relay: { name: 'Acme', url: relayUrl, listen: { port: 0 }, data: `data-${name}` },
    issuers: [{ name: 'SSO', issuer: idp.issuer, client_id: 'causeway', audience: relayUrl }],
    apis: [
      {
        id: 'orders',
        name: 'Orders',
        upstream: 'http://127.0.0.1:1',
        access_requests: { roles: ['refunders'], approvers: ['finance'], max_hours: 2 },
        rules: [{ name: 'all', groups: ['*'] }],
      },
    ],
    notify: {
      webhooks: [
        {
          name: 'chat',
          url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
          secrets: ['${file:hook-secret}'],
        },
      ],
      mail: {
        host: 'localhost',
        port: mails.port,
        ca: 'mail-ca.pem',
        user: 'relay',
        password: '${file:mail-password}',
        from: { address: 'relay@acme.example' },
        requester_domains: ['acme.example'],
        to: [{ addresses: ['finance@acme.example'], groups: ['finance'], events: ['requested'] }],
      },
    },
    ...extra,
  };
  writeFileSync(configPath, stringify(config), { mode: 0o600 });
  const loaded = await loadConfig(configPath);
  const relay = await startRelay(loaded, pino({ level: 'silent' }));
  await vi.waitFor(() => expect(relay.ready()).toBe(true), 20_000);
  return {
    relay,
    dataDir: loaded.config.relay.data,
    async ask(user, path, body) {
      const answer = await fetch(`${relay.url}/v1/access-requests${path}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${await idp.mintAccessToken({ user })}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify(body ?? {}),
      });
      return { ...((await answer.json()) as { id: string }), status: answer.status };
    },
  };
}

const asked = { api: 'orders', role: 'refunders', reason: 'Ticket 4711', hours: 2 };
const typesOf = (id: string): readonly string[] =>
  posts.filter(({ data }) => data.request === id).map(({ type }) => type);
const mailsOf = (id: string): readonly string[] =>
  mails.mails.filter(({ source }) => source.includes(id)).map(({ to }) => String(to[0]));

describe('a relay that is asked for access', () => {
  it('tells approvers and who asked, each once, also when a webhook fails at first', async () => {
    const node = await startNode('one');
    try {
      failing = 1;
      const { id } = await node.ask('alice', '', asked);
      await vi.waitFor(() => expect(typesOf(id)).toEqual(['access.requested']), 20_000);
      await vi.waitFor(() => expect(mailsOf(id)).toEqual(['finance@acme.example']), 20_000);
      await node.ask('bob', `/${id}/approve`, { note: 'fine' });
      await vi.waitFor(() => expect(typesOf(id)).toEqual(['access.requested', 'access.approved']), 20_000);
      await vi.waitFor(() => expect(mailsOf(id)).toEqual(['finance@acme.example', 'alice@acme.example']), 20_000);
      expect(mails.mails.every(({ isSecure, user }) => isSecure && user === 'relay')).toBe(true);
      const metrics = await node.relay.metrics.text();
      expect(metrics).toContain('causeway_notices_attempts{channel="chat",outcome="later"}');
      expect(metrics).not.toContain('alice@acme.example');
    } finally {
      await node.relay.close();
    }
  }, 90_000);

  it('tells after its start what it was told while it was down, and nothing twice', async () => {
    const node = await startNode('one');
    const before = posts.length;
    failing = Number.POSITIVE_INFINITY;
    const { id } = await node.ask('carol', '', asked);
    await node.relay.close();
    failing = 0;
    const again = await startNode('one');
    try {
      await vi.waitFor(() => expect(typesOf(id)).toEqual(['access.requested']), 20_000);
      await vi.waitFor(() => expect(mailsOf(id)).toEqual(['finance@acme.example']), 20_000);
      expect(posts).toHaveLength(before + 1);
    } finally {
      await again.relay.close();
    }
  }, 90_000);

  it('tells of a grant that is about to end, but not of one that was ended', async () => {
    const node = await startNode('short', {
      notify: {
        ending_minutes: 119,
        webhooks: [
          {
            name: 'chat',
            url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
            secrets: ['${file:hook-secret}'],
            events: ['ending'],
          },
        ],
      },
    });
    try {
      // A minute and some milliseconds before it is about to end: nothing is told yet.
      const { id } = await node.ask('alice', '', asked);
      await node.ask('bob', `/${id}/approve`, {});
      const { openNoticeOutbox } = await import('../../../relay/notify/notice-outbox.ts');
      const outbox = openNoticeOutbox(node.dataDir);
      await vi.waitFor(() => expect(outbox.take('chat', Date.now() + 61_000)).toHaveLength(1), 20_000);
      expect(typesOf(id)).toEqual([]);
      await outbox.retry(`${id}.ending.chat`, Date.now(), 'now');
      await vi.waitFor(() => expect(typesOf(id)).toEqual(['access.ending']), 20_000);

      const ended = await node.ask('carol', '', asked);
      await node.ask('bob', `/${ended.id}/approve`, {});
      await vi.waitFor(() => expect(outbox.take('chat', Date.now() + 61_000)).toHaveLength(1), 20_000);
      const act = { author: 'dana', reason: 'done' };
      await decideAccessRequest({ dataDir: node.dataDir }, ended.id, 'revoked', act, Date.now());
      await outbox.retry(`${ended.id}.ending.chat`, Date.now(), 'now');
      await vi.waitFor(() => expect(outbox.take('chat', Date.now() + 61_000)).toHaveLength(0), 20_000);
      expect(typesOf(ended.id)).toEqual([]);
      outbox.close();
    } finally {
      await node.relay.close();
    }
  }, 90_000);
});

describe.runIf(postgresPrograms !== null)('several relays with a storage', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());

  it('tell of each request once', async () => {
    const storage = await server.createDatabase();
    const nodes = [await startNode('first', { storage }), await startNode('second', { storage })];
    try {
      const [one, two] = nodes as [Node, Node];
      const ids: string[] = [];
      for (const [node, user] of [
        [one, 'alice'],
        [two, 'carol'],
        [one, 'dana'],
      ] as const)
        ids.push((await node.ask(user, '', asked)).id);
      // A request that was decided is told of no more.
      for (const id of ids) {
        await vi.waitFor(() => expect(typesOf(id)).toEqual(['access.requested']), 30_000);
        await vi.waitFor(() => expect(mailsOf(id)).toHaveLength(1), 30_000);
      }
      for (const [index, id] of ids.entries()) await (nodes[index % 2] as Node).ask('bob', `/${id}/approve`, {});
      const expected = ['access.requested', 'access.approved'];
      for (const id of ids) {
        await vi.waitFor(() => expect(typesOf(id)).toEqual(expected), 30_000);
        await vi.waitFor(() => expect(mailsOf(id)).toHaveLength(2), 30_000);
      }
      // A message that comes late would be a second one.
      await one.relay.close();
      await two.relay.close();
      for (const id of ids) expect(typesOf(id)).toEqual(expected);
    } finally {
      for (const { relay } of nodes) await relay.close().catch(() => undefined);
    }
  }, 120_000);
});
