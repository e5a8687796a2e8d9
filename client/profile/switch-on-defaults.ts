import { managedValue } from '../../shared/managed/managed-state.ts';
import type { HeldRecord } from './held-record.ts';
import type { ProfileContext } from './profile-context.ts';
import type { LiveSignIn, ProfileParts } from './profile-parts.ts';

/** Switches on what IT wants on by default, each API once, so that whoever switches one off has it off. */
export function switchOnDefaults(
  context: Pick<ProfileContext, 'managed' | 'options'>,
  held: Pick<HeldRecord, 'record' | 'remember'>,
  { catalog, connections }: Pick<ProfileParts, 'catalog' | 'connections'>,
  live: Pick<LiveSignIn, 'session'>,
): void {
  const session = live.session();
  if (session === null || context.options.passive === true || session.isService) return;
  const { switchedOn = [] } = held.record();
  const wanted = managedValue(context.managed(), 'apisOnByDefault') ?? [];
  const fresh = wanted.filter((api) => !switchedOn.includes(api) && catalog.entry(api)?.access === 'open');
  if (fresh.length === 0) return;
  held.remember({ switchedOn: [...switchedOn, ...fresh] });
  // A port that is taken shows in the connection's own state.
  void Promise.allSettled(fresh.map((api) => connections.connect(api))).then(() => {
    if (live.session() === session) session.openTunnel();
  });
}
