import { once } from 'node:events';
import { causeOf } from '../../shared/cause.ts';
import { AccessError } from '../../shared/errors.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { type ConnectOptions, defaultApis, showConnected, showTunnel, wantedApis } from './connect.ts';
import { openEach } from './open-each.ts';
import { settledProfile } from './command-context.ts';
import { showRequest } from './show-request.ts';
import type { AppContext } from './with-app.ts';

/**
 * `causeway connect` through the running app: switches the APIs on there, shows what goes on, and at Ctrl+C switches off
 * again what it has switched on. @throws AccessError `not-signed-in` when the person is to sign in in the app first
 */
export async function connectInApp(
  context: AppContext,
  named: readonly string[],
  options: ConnectOptions,
): Promise<void> {
  const { core, terminal, app } = context;
  if (options.accessKey !== undefined) {
    throw new AccessError(
      'bad-input',
      'The app gives no access key to other programs: set it on the API’s page there.',
    );
  }
  const profile = await settledProfile(context);
  if (profile?.signIn.status !== 'signed-in') {
    throw new AccessError('not-signed-in', 'Sign in in Causeway’s window first, or use --alone.');
  }
  const { id } = profile;
  const apis = wantedApis(profile, named, options.all ?? false, defaultApis(core.snapshot()));
  if (options.port !== undefined) {
    const [only, ...others] = apis;
    if (only === undefined || others.length > 0) throw new AccessError('bad-input', '--port fits one API only.');
    await core.setPort(id, only, options.port);
  }
  const mine = apis.filter((api) => profile.connections[api]?.status !== 'on');
  core.watchActivity((profileId, { entries }) => {
    if (profileId !== id) return;
    for (const entry of entries) if (apis.includes(entry.api)) showRequest(terminal, entry);
  });
  try {
    await openEach(context, id, apis);
    const { connections = {} } = core.snapshot().profiles.find((candidate) => candidate.id === id) ?? {};
    for (const api of apis) {
      const connection = connections[api];
      if (connection?.status === 'on') showConnected(terminal, api, connection, null);
    }
    terminal.note('Connected until Ctrl+C, or until you switch it off in the app.');
    await stay(context, id, apis);
  } finally {
    await Promise.allSettled(mine.map((api) => core.disconnect(id, api)));
    app.close();
  }
}

/** Shows what happens until Ctrl+C, or until the app has switched all of it off. @throws AccessError when the app ends */
async function stay(
  { core, terminal, app, interrupted }: AppContext,
  id: string,
  apis: readonly string[],
): Promise<void> {
  const over = Promise.withResolvers<void>();
  app.onEnd(() => over.reject(new AccessError('not-connected', 'Causeway has ended, and its connections with it.')));
  let shown = '';
  const look = (snapshot: Snapshot): void => {
    const profile = snapshot.profiles.find((candidate) => candidate.id === id);
    if (profile === undefined || !apis.some((api) => profile.connections[api] !== undefined)) {
      over.resolve();
      return;
    }
    if (profile.tunnel.status === shown) return;
    shown = profile.tunnel.status;
    showTunnel(terminal, profile, causeOf(profile));
  };
  const stop = core.watch(look);
  look(core.snapshot());
  try {
    if (!interrupted.aborted) await Promise.race([once(interrupted, 'abort'), over.promise]);
  } finally {
    stop();
  }
}
