import { type ClientRequest, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConsoleBrowser } from '../../../support/console-browser.ts';
import { type DemoWorld, startDemoWorld } from '../../../support/demo-world.ts';

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}
interface Stream {
  readonly status: number;
  readonly told: readonly Told[];
  readonly isOver: () => boolean;
}

let world: DemoWorld;
const open: ClientRequest[] = [];

beforeAll(async () => {
  world = await startDemoWorld({
    configure: (config) => ({
      ...config,
      admin: { ...config.admin, roles: { owner: ['relay-admins'], viewer: ['sre'] } },
    }),
  });
});
afterAll(async () => {
  for (const request of open) request.destroy();
  await world?.close();
});

const listen = (headers: Readonly<Record<string, string>>): Promise<Stream> =>
  new Promise((resolve, reject) => {
    const told: Told[] = [];
    let over = false;
    const request = httpRequest(`${world.adminUrl}/admin/v1/events`, { headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) {
          const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? '';
          if (field('event') !== '')
            told.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) as Told['data'] });
        }
      });
      response.on('error', () => undefined);
      response.once('close', () => (over = true));
      resolve({ status: response.statusCode ?? 0, told, isOver: () => over });
    });
    request.once('error', reject);
    request.end();
    open.push(request);
  });
const bearer = async (user: string): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await world.idp.mintAccessToken({ user })}`,
});
const names = (stream: Stream): readonly string[] => stream.told.map(({ event }) => event);
const until = (holds: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(holds, { timeout: 15_000, interval: 50 });
const lock = async (): Promise<void> => {
  const answer = await fetch(`${world.adminUrl}/admin/v1/locks`, {
    method: 'POST',
    headers: { ...(await bearer('dana')), 'content-type': 'application/json' },
    body: JSON.stringify({ group: 'nobody-has-it', reason: 'a test' }),
  });
  expect(answer.status).toBe(200);
};

describe('events', () => {
  it.each<[string, () => Promise<Record<string, string>>, number]>([
    ['nobody', () => Promise.resolve({}), 401],
    ['nonsense', () => Promise.resolve({ authorization: 'Bearer nonsense' }), 401],
    ['somebody without a role', () => bearer('bob'), 403],
    ['a page of another site', async () => ({ ...(await bearer('dana')), origin: 'https://evil.example' }), 403],
  ])('aren’t told to %s', async (_who, headers, status) => {
    const stream = await listen(await headers());
    expect(stream.status).toBe(status);
    await until(() => expect(stream.isOver()).toBe(true));
    expect(stream.told).toEqual([]);
  });

  it('are told by the rights of who listens', async () => {
    const owner = await listen(await bearer('dana'));
    const viewer = await listen(await bearer('alice'));
    await until(() => {
      expect(names(owner)).toContain('relay');
      expect(names(viewer)).toContain('relay');
    });
    await lock();
    await until(() => expect(names(owner)).toEqual(expect.arrayContaining(['lock', 'audit'])));
    const { data } = owner.told.find(({ event }) => event === 'audit') ?? { data: {} };
    expect(data).toMatchObject({ records: [{ type: 'lock', operator: 'dana (admin API)' }], skipped: 0 });
    expect(names(viewer)).not.toContain('lock');
    expect(names(viewer)).not.toContain('audit');
  });

  it('say when everything has to be looked at anew', async () => {
    const first = await listen(await bearer('dana'));
    await until(() => expect(names(first)).toContain('relay'));
    const lastId = first.told.at(-1)?.id ?? '';
    const same = await listen({ ...(await bearer('dana')), 'last-event-id': lastId });
    await until(() => expect(names(same)).toContain('relay'));
    expect(names(same)).not.toContain('resync');
    const other = await listen({ ...(await bearer('dana')), 'last-event-id': 'before-a-restart' });
    await until(() => expect(names(other)).toContain('relay'));
    expect(names(other).slice(0, 2)).toEqual(['hello', 'resync']);
  });

  it('end when the operator signs out at the console', async () => {
    const browser = new ConsoleBrowser(world.adminUrl);
    await browser.signIn('dana');
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const stream = await listen({ cookie, 'sec-fetch-site': 'same-origin', accept: 'text/event-stream' });
    await until(() => expect(names(stream)).toContain('relay'));
    expect((await browser.ask('/console/auth/sign-out', { method: 'POST' })).status).toBe(200);
    await until(() => expect(stream.isOver()).toBe(true));
    expect(stream.told.at(-1)).toMatchObject({ event: 'ended', data: { code: 'sign-in-expired' } });
  });

  it('are told to one person at eight places at most', async () => {
    for (const request of open.splice(0)) request.destroy();
    const headers = await bearer('alice');
    await until(async () => {
      const streams = await Promise.all(Array.from({ length: 12 }, () => listen(headers)));
      expect(streams.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(8);
      expect(streams.some(({ status }) => status === 503)).toBe(true);
    });
    for (const request of open.splice(0)) request.destroy();
    await until(async () => expect((await listen(headers)).status).toBe(200));
  });

  it('end when the operator is revoked', async () => {
    const stream = await listen(await bearer('dana'));
    await until(() => expect(names(stream)).toContain('relay'));
    const answer = await fetch(`${world.adminUrl}/admin/v1/people/revoke`, {
      method: 'POST',
      headers: { ...(await bearer('dana')), 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'dana', issuer: world.idp.issuer, reason: 'a test' }),
    });
    expect(answer.status).toBe(200);
    await until(() => expect(stream.isOver()).toBe(true));
    expect(stream.told.at(-1)).toMatchObject({ event: 'ended', data: { code: 'session-revoked' } });
  });
});
