import { createAdaptorServer } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { AdminCaller } from '../../../../relay/admin/admin-env.ts';
import { type AdminAppOptions, createAdminApp } from '../../../../relay/admin/admin-app.ts';
import { AccessError } from '../../../../shared/errors.ts';

/** Somebody with all rights. */
export const owner: AdminCaller = {
  name: 'dana',
  person: { issuer: 'https://idp.example', subject: 'dana', username: 'dana' },
  roles: ['owner'],
  signIn: { how: 'token', endsAtMs: Number.MAX_SAFE_INTEGER },
  again: () => Promise.resolve(owner),
};

/** Serves the admin API of made-up parts on loopback; who brings any Authorization is `caller`, others are refused. */
export async function serveApp(
  parts: object,
  caller: AdminCaller = owner,
): Promise<{ readonly port: number; close(): void }> {
  const made: object = {
    log: pino({ level: 'silent' }),
    audit: { append: (_record: unknown, done: (error: null) => void) => done(null) },
    acts: { middleware: (_context: unknown, next: () => Promise<void>) => next() },
    relay: { version: '1' },
    url: () => 'http://localhost',
    hosts: null,
    console: null,
    place: () => ({}),
    authenticate: async (context: Parameters<AdminAppOptions['authenticate']>[0], next: () => Promise<void>) => {
      if (context.req.header('authorization') === undefined) throw new AccessError('token-rejected', 'No token.');
      context.set('caller', caller);
      await next();
    },
    ...parts,
  };
  const server = createAdaptorServer({ fetch: createAdminApp(made as AdminAppOptions).fetch });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}
