import { once } from 'node:events';
import { type Cause, causeOf } from '../../shared/cause.ts';
import { causeText } from '../../shared/cause-text.ts';
import { emergencyId, isInvitation } from '../../shared/emergency.ts';
import { AccessError } from '../../shared/errors.ts';
import { managedValue, nothingManaged } from '../../shared/managed/managed-state.ts';
import { stepUpSentence } from '../../shared/step-up-text.ts';
import type { ConnectionState, ProfileSnapshot, Snapshot, StepUpState } from '../../shared/snapshot.ts';
import { apisOf } from './apis.ts';
import { type CommandContext, settledProfile } from './command-context.ts';
import { showRequest } from './show-request.ts';
import { lockText } from './lock-text.ts';
import { emergencyText } from './emergency-text.ts';
import { newDeviceText } from './new-device-text.ts';
import { openEach, showLocalNames } from './open-each.ts';
import { ProblemShown } from './problem-shown.ts';
import { relayToUse, signInHere } from './sign-in-here.ts';
import type { Terminal } from './terminal.ts';
import { updateText } from './update-text.ts';

export interface ConnectOptions {
  readonly all?: boolean;
  readonly port?: number;
  readonly accessKey?: boolean;
}

/**
 * The APIs that are named, or all that are open, or those of them that IT has `byDefault`.
 * @throws AccessError when there are none
 */
export function wantedApis(
  profile: ProfileSnapshot,
  named: readonly string[],
  all: boolean,
  byDefault: readonly string[],
): readonly string[] {
  const open = apisOf(profile)
    .filter((entry) => entry.access === 'open')
    .map((entry) => entry.id);
  if (!all) {
    if (named.length > 0) return named;
    const usual = byDefault.filter((api) => open.includes(api));
    if (usual.length > 0) return usual;
    throw new AccessError('bad-input', 'Which APIs? Name them, or use --all. “causeway apis” lists them.');
  }
  if (open.length > 0) return open;
  throw new AccessError('no-access', `${profile.relayName} opens no API for you.`);
}

/** The APIs that IT has on by default. */
export function defaultApis({ managed = nothingManaged }: Snapshot): readonly string[] {
  return managedValue(managed, 'apisOnByDefault') ?? [];
}

type Open = Extract<ConnectionState, { status: 'on' }>;

/** Shows where a connected API is reached. */
export function showConnected(terminal: Terminal, api: string, connection: Open, accessKey: string | null): void {
  const { address, gatewayAddress, port, socketPath, protection, moved } = connection;
  const lines = [`${api}  ${[address, gatewayAddress].filter((text) => text !== null).join('  ')}`];
  if (moved !== undefined) lines.push(`  ${moved} So it has port ${port} this time.`);
  if (socketPath !== undefined) lines.push(`  socket: ${socketPath}`);
  if (accessKey !== null) lines.push(`  X-Causeway-Key: ${accessKey}`);
  terminal.result(
    {
      type: 'connected',
      api,
      port,
      moved: moved ?? null,
      address,
      gatewayAddress,
      socketPath: socketPath ?? null,
      protection,
      accessKey,
    },
    lines.join('\n'),
  );
}

/** Shows a change of the tunnel. */
export function showTunnel(terminal: Terminal, { tunnel }: ProfileSnapshot, cause: Cause | null): void {
  const words = { closed: 'closed', connecting: 'connecting', open: 'open', reconnecting: 'reconnecting' } as const;
  const text = cause === null || cause.detail === null ? null : causeText(cause);
  const reason = text === null ? '' : `: ${text.title}. ${text.detail}`;
  if (terminal.json) terminal.result({ type: 'tunnel', status: tunnel.status, reason }, '');
  else terminal.note(`Tunnel ${words[tunnel.status]}${reason}`);
}

/** `causeway connect [apis…|--all]`: stays until Ctrl+C; signs in again by itself when the sign-in ends. */
export async function connect(
  context: CommandContext,
  named: readonly string[],
  options: ConnectOptions,
): Promise<void> {
  const { core, terminal } = context;
  let profile = await settledProfile(context);
  if (profile?.signIn.status !== 'signed-in') {
    const which = profile === undefined ? {} : { profileId: profile.id };
    profile = await signInHere(context, profile?.relayUrl ?? relayToUse(context, undefined), which);
  }
  const { id } = profile;
  const stopActivity = core.watchActivity((profileId, { entries }) => {
    if (profileId === id) for (const entry of entries) showRequest(terminal, entry);
  });
  const apis = wantedApis(profile, named, options.all ?? false, defaultApis(core.snapshot()));
  if (options.port !== undefined) {
    const [only, ...others] = apis;
    if (only === undefined || others.length > 0) {
      throw new AccessError('bad-input', '--port fits one API only.');
    }
    await core.setPort(id, only, options.port);
  }
  for (const api of apis) {
    if (options.accessKey !== undefined && options.accessKey !== ((await core.accessKey(id, api)) !== null)) {
      await core.setAccessKey(id, api, options.accessKey);
    }
  }
  await openEach(context, id, apis);
  const { connections } = core.snapshot().profiles.find((candidate) => candidate.id === id) ?? profile;
  for (const api of apis) {
    const connection = connections[api];
    if (connection?.status === 'on') showConnected(terminal, api, connection, await core.accessKey(id, api));
  }
  if (apis.some((api) => connections[api]?.status === 'on' && connections[api].protection === 'none')) {
    terminal.note('This system can’t tell its users apart: --access-key keeps others from these addresses.');
  }
  const { gateway } = core.snapshot();
  if (gateway.status === 'failed') terminal.note(`No <api>.localhost addresses: ${gateway.problem.detail}`);
  // A resolver that is slow to say no keeps nothing waiting.
  else void showLocalNames(terminal, apis);
  const { update } = core.snapshot().profiles.find((candidate) => candidate.id === id) ?? profile;
  if (update !== undefined) terminal.note(updateText(context.options.appVersion, update));
  terminal.note('Connected until Ctrl+C.');
  try {
    await stay(context, id);
  } finally {
    stopActivity();
  }
}

/** Says which of the connected APIs IT has locked, and which are open again; `known` is what was said before. */
function showLocks(terminal: Terminal, { catalog, connections }: ProfileSnapshot, known: Map<string, string>): void {
  if (catalog.status !== 'ready') return;
  for (const { id, lock } of catalog.catalog.apis) {
    const text = lock === undefined ? '' : lockText(lock);
    if (connections[id]?.status !== 'on' || text === (known.get(id) ?? '')) continue;
    known.set(id, text);
    if (terminal.json) terminal.result({ type: 'lock', api: id, lock: lock ?? null }, '');
    else terminal.note(lock === undefined ? `${id} is open again.` : `${id} is ${text}. It works again by itself.`);
  }
}

type AskedStepUp = Extract<StepUpState, { status: 'asked' }>;

/** Where no other command can share the sign-in, opening the page is the person’s yes. */
function showStepUp(context: CommandContext, profileId: string, asked: AskedStepUp): void {
  const { core, terminal, options } = context;
  const { api, need } = asked;
  const reason = stepUpSentence(need, api ?? '');
  const command = 'causeway step-up';
  const own = options.secrets.kind === 'memory' && asked.problem === null;
  if (terminal.json) terminal.result({ type: 'step-up', api, reason, command: own ? null : command }, '');
  else terminal.note(`${api} asks you to sign in again: ${reason}${own ? '' : ` Run: ${command}`}`);
  if (own) core.stepUp(profileId);
}

/** Shows what happens until Ctrl+C. @throws ProblemShown when a needed sign-in doesn't come about */
async function stay(context: CommandContext, profileId: string): Promise<void> {
  const { core, terminal, interrupted } = context;
  const failure = Promise.withResolvers<never>();
  let shown = '';
  let signingIn = false;
  let askedFor: string | null = null;
  const locks = new Map<string, string>();
  const told = new Set<string>();
  const look = (snapshot: Snapshot): void => {
    const profile = snapshot.profiles.find(({ id }) => id === profileId);
    if (!profile) return;
    const cause = profile.signIn.status === 'signed-in' ? causeOf(profile) : null;
    const state = `${profile.tunnel.status} ${cause?.code}`;
    if (state !== shown) {
      shown = state;
      showTunnel(terminal, profile, cause);
    }
    showLocks(terminal, profile, locks);
    for (const device of profile.newDevices ?? []) {
      if (told.has(device.id)) continue;
      told.add(device.id);
      if (terminal.json) terminal.result({ type: 'new-device', ...device }, '');
      else terminal.note(newDeviceText(device));
    }
    for (const emergency of profile.emergencies ?? []) {
      const id = emergencyId(emergency);
      if (told.has(id)) continue;
      told.add(id);
      if (!terminal.json) terminal.note(emergencyText(emergency));
      else if (isInvitation(emergency)) terminal.result({ type: 'emergency-invitation', ...emergency }, '');
      else terminal.result({ type: 'emergency-sign-in', ...emergency }, '');
    }
    const asked = profile.stepUp?.status === 'asked' ? profile.stepUp : null;
    if (asked !== null && asked.api !== null && asked.api !== askedFor) showStepUp(context, profileId, asked);
    askedFor = asked?.api ?? null;
    if (profile.signIn.status === 'expired' && !signingIn) {
      signingIn = true;
      terminal.problem(profile.signIn.problem);
      signInHere(context, profile.relayUrl, { profileId })
        .then(() => {
          signingIn = false;
        })
        .catch((error: unknown) => failure.reject(error as Error));
    }
  };
  const stop = core.watch(look);
  look(core.snapshot());
  try {
    if (!interrupted.aborted) await Promise.race([once(interrupted, 'abort'), failure.promise]);
  } catch (error) {
    if (!(error instanceof ProblemShown && interrupted.aborted)) throw error;
  } finally {
    stop();
  }
}
