import { AccessError } from '../../shared/errors.ts';
import { type CommandContext, settledProfile } from './command-context.ts';
import { type AppContext, isThroughApp } from './with-app.ts';

/** `causeway disconnect`: switches APIs off in the running app. @throws AccessError where none runs */
export async function disconnect(
  context: AppContext | CommandContext,
  named: readonly string[],
  options: { readonly all?: boolean },
): Promise<void> {
  if (!isThroughApp(context)) {
    throw new AccessError('not-connected', 'The app isn’t running; a running “causeway connect” ends with Ctrl+C.');
  }
  const { core, terminal } = context;
  const profile = await settledProfile(context);
  if (profile === undefined) throw new AccessError('not-signed-in', 'You aren’t signed in.');
  const on = Object.entries(profile.connections).filter(([, { status }]) => status !== 'off');
  const apis = options.all === true ? on.map(([api]) => api) : named;
  if (apis.length === 0) throw new AccessError('bad-input', 'Which APIs? Name them, or use --all.');
  for (const api of apis) await core.disconnect(profile.id, api);
  terminal.result({ type: 'disconnected', apis }, `Off: ${apis.join(', ')}.`);
}
