import { Agent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { expect, vi } from 'vitest';
import { queryAudit } from '../../../../relay/audit/reading/query-audit.ts';
import { freePort } from '../../../support/free-port.ts';
import { hello, openTunnel } from '../../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld } from '../../../tunnel/support/tunnel-world.ts';
import type { AdminDocument } from './admin-document.ts';
import { createAnswerChecker } from './check-answer.ts';

/** The groups that have each role in an {@link AdminWorld}. */
export const roles = { viewer: ['helpdesk'], auditor: ['audit'], operator: ['ops'], owner: ['security'] };
export type Role = keyof typeof roles;

/** Slowly enough for how many questions one person may ask. */
export const patient = { timeout: 30_000, interval: 400 };
export const json = { 'content-type': 'application/json' };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly socketPath?: string;
}

export const codeOf = ({ body }: Answer): unknown => (JSON.parse(body) as { code?: unknown }).code;

/** A relay with an operators’ port, one API, and a person “early” who has been here. */
export interface AdminWorld {
  readonly world: TunnelWorld;
  readonly url: string;
  /** Asks, and demands that the answer is as the published document says. */
  ask(path: string, asked?: Asked): Promise<Answer>;
  send(method: string, path: string, body: object | null, headers: Record<string, string>): Promise<Answer>;
  /** The header of dana’s token, in these groups. */
  bearer(groups: readonly string[], lifetimeSeconds?: number, claims?: object): Promise<Record<string, string>>;
  as(role: Role): Promise<Record<string, string>>;
  sessionsOf(person: string): Promise<readonly { readonly id: string; readonly openTunnels: number }[]>;
  /** Codes of the sign-ins that were refused, newest first. */
  refusals(): readonly string[];
  close(): Promise<void>;
}

export async function startAdminWorld(): Promise<AdminWorld> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // A kept connection may end at the port just as it is used again.
  const agent = new Agent({ keepAlive: false });
  const world = await startTunnelWorld({
    configure: (config) => ({
      ...config,
      admin: { listen: { port }, roles },
      apis: config.apis.map((api) => ({
        ...api,
        request_limits: [{ name: 'daily', requests: 1000, every: 'day', per: 'user' }],
        access_requests: { roles: ['refunders'], approvers: ['bosses'], max_hours: 8 },
      })),
    }),
  });
  const answerOf = (path: string, { method = 'GET', headers = {}, body, socketPath }: Asked): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const target = socketPath === undefined ? { host: '127.0.0.1', port, agent } : { socketPath };
      const sent = httpRequest({ ...target, path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          });
          if (!sent.writableEnded) sent.destroy();
        });
      });
      sent.once('error', reject);
      if (body === undefined || body.length < 6_000_000) sent.end(body);
      // Is refused by what it announces; writing on would meet a closed connection.
      else sent.setHeader('content-length', body.length).flushHeaders();
    });
  const bearer: AdminWorld['bearer'] = async (groups, lifetimeSeconds, claims = {}) => ({
    authorization: `Bearer ${await world.issuer.token('dana', lifetimeSeconds, { groups, ...claims })}`,
  });
  const as = (role: Role): Promise<Record<string, string>> => bearer(roles[role]);
  const check = createAnswerChecker(
    JSON.parse((await answerOf('/admin/v1/openapi.json', { headers: await as('viewer') })).body) as AdminDocument,
  );
  const ask = async (path: string, asked: Asked = {}): Promise<Answer> => {
    const answer = await answerOf(path, asked);
    const { status, headers, body } = answer;
    const given = { method: asked.method ?? 'GET', path, status, contentType: headers['content-type'], body };
    if (path.startsWith('/admin/')) expect(check(given)).toEqual([]);
    return answer;
  };
  const send: AdminWorld['send'] = (method, path, body, headers) =>
    ask(path, {
      method,
      headers: { ...headers, ...(body === null ? {} : json) },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
  const sessionsOf: AdminWorld['sessionsOf'] = async (person) => {
    const { body } = await ask(`/admin/v1/sessions?person=${person}`, { headers: await as('owner') });
    return (JSON.parse(body) as { sessions?: { id: string; openTunnels: number }[] }).sessions ?? [];
  };
  const early = await openTunnel(world, 'early');
  early.send(hello);
  await early.waitForControl('welcome');
  await vi.waitFor(async () => expect(await sessionsOf('early')).toHaveLength(1), 60_000);
  return {
    world,
    url,
    ask,
    send,
    bearer,
    as,
    sessionsOf,
    refusals: () =>
      queryAudit(world.dataDir, { type: 'authentication-refused', limit: 10_000 }).flatMap(({ record }) =>
        record.type === 'authentication-refused' ? [record.code] : [],
      ),
    async close() {
      agent.destroy();
      await world.close();
    },
  };
}
