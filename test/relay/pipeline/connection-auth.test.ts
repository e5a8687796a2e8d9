import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { startHeadlessClient, type HeadlessClient } from '../../support/start-headless-client.ts';
import { startPipelineWorld, type PipelineWorld } from './pipeline-world.ts';
import { RawConnection, type RawResponse } from './raw-connection.ts';
import { authenticateMessage, negotiateMessage, startNtlmUpstream, type NtlmUpstream } from './start-ntlm-upstream.ts';

let upstream: NtlmUpstream;
let fresh: NtlmUpstream;
let world: PipelineWorld;
let bob: HeadlessClient;
const bobsPorts = new Map<string, number>();

beforeAll(async () => {
  upstream = await startNtlmUpstream();
  fresh = await startNtlmUpstream();
  world = await startPipelineWorld({
    apis: [
      { id: 'ntlm', name: 'NTLM', upstream: upstream.url },
      { id: 'fresh', name: 'NTLM of which nothing is known yet', upstream: fresh.url },
      { id: 'refuses', name: 'Without', upstream: upstream.url, connection_auth: 'refuse' },
    ],
  });
  bob = await startHeadlessClient({
    ca: [],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'bob' })),
  });
  const { id } = await bob.signIn(world.relayUrl);
  for (const api of ['ntlm', 'fresh']) bobsPorts.set(api, (await bob.connect(id, api)).port);
});

afterAll(async () => {
  await bob.close();
  await world.close();
  await upstream.close();
  await fresh.close();
});

async function ask(connection: RawConnection, authorization?: string): Promise<RawResponse> {
  const { remotePort } = connection.socket;
  const more = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  connection.write(`GET /who HTTP/1.1\r\nHost: 127.0.0.1:${remotePort}\r\n${more}\r\n`);
  return connection.readResponse();
}

async function signIn(connection: RawConnection, person: string): Promise<string> {
  expect((await ask(connection, negotiateMessage)).status).toBe(401);
  return (await ask(connection, authenticateMessage(person))).body.toString();
}

describe('an API that signs people in to the connection', () => {
  it('never answers somebody else on a connection that is signed in, not even when nothing is known of it', async () => {
    const alices = await RawConnection.open(world.port('fresh'));
    expect(await signIn(alices, 'alice')).toContain('hello alice');
    for (const port of [bobsPorts.get('fresh') ?? 0, world.port('fresh')]) {
      const other = await RawConnection.open(port);
      const answer = await ask(other);
      expect([answer.status, answer.body.toString()]).toEqual([401, 'who']);
      other.close();
    }
    expect((await ask(alices)).body.toString()).toContain('hello alice');
    alices.close();
  });

  it('keeps the three messages and what follows on one connection, for two people at once', async () => {
    const people = ['alice', 'bob', 'alice-admin', 'bob-admin'];
    const said = await Promise.all(
      people.map(async (person, index) => {
        const port = index % 2 === 0 ? world.port('ntlm') : (bobsPorts.get('ntlm') ?? 0);
        const connection = await RawConnection.open(port);
        expect((await ask(connection)).status).toBe(401);
        const answers = [await signIn(connection, person)];
        for (let count = 0; count < 20; count += 1) answers.push((await ask(connection)).body.toString());
        connection.close();
        return [...new Set(answers)];
      }),
    );
    for (const [index, person] of people.entries()) {
      expect(said[index]).toHaveLength(1);
      expect(said[index]?.[0]).toMatch(new RegExp(`^hello ${person} #\\d+$`));
    }
    expect(new Set(said.flat()).size).toBe(people.length);
  });

  it('signs nobody in who comes after on a new local connection', async () => {
    const first = await RawConnection.open(world.port('ntlm'));
    await signIn(first, 'alice');
    first.close();
    for (let count = 0; count < 5; count += 1) {
      const next = await RawConnection.open(bobsPorts.get('ntlm') ?? 0);
      expect((await ask(next)).status).toBe(401);
      next.close();
    }
  });

  it.each(['NTLM TlRMTVNTUAABAAAA', 'ntlm x', 'Negotiate YII', 'Kerberos x', 'Basic eDp5, Negotiate YII', 'NTLM'])(
    'with connection_auth: refuse, “%s” is refused before anything is sent',
    async (authorization) => {
      const before = upstream.connections();
      const connection = await RawConnection.open(world.port('refuses'));
      const answer = await ask(connection, authorization);
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'connection-auth-refused' });
      connection.close();
      expect(upstream.connections()).toBe(before);
    },
  );

  it('with connection_auth: refuse, other kinds of sign-in go through', async () => {
    const connection = await RawConnection.open(world.port('refuses'));
    expect((await ask(connection, 'Bearer ntlm-negotiate')).status).toBe(401);
    connection.close();
  });
});
