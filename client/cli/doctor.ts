import { text } from '../../shared/messages/text.ts';
import { runDiagnostics } from '../diagnostics/run-diagnostics.ts';
import type { ClientCoreOptions, PersistedState } from '../profile/core-options.ts';
import { managedValue, nothingManaged } from '../../shared/managed/managed-state.ts';
import { policyProblemText } from '../../shared/managed/managed-text.ts';
import { whyForbidden } from '../managed/why-forbidden.ts';
import { createClientCore } from '../core/create-client-core.ts';
import { createHttpClient } from '../network/http-client.ts';
import { createManagedProxies } from '../network/managed-proxies.ts';
import { environmentProxies } from '../network/proxy-source.ts';
import { parseRelayAddress } from '../network/relay-address.ts';
import { chosenProfile } from './chosen-profile.ts';
import { type CommandContext, snapshotWhere } from './command-context.ts';
import { commandOnPath } from './command-on-path.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { relayToUse } from './sign-in-here.ts';
import { problemText } from './terminal.ts';

const settleMs = 10_000;
const marks = { ok: '✓', failed: '✗', skipped: '–' } as const;

/** The remembered state without its connections, so that a look changes nothing and opens no port. */
function withoutConnections(state: ClientCoreOptions['state']): ClientCoreOptions['state'] {
  const loaded = state.load();
  const bare: PersistedState = {
    ...loaded,
    profiles: loaded.profiles.map((profile) => ({ ...profile, connected: [] })),
  };
  return { load: () => bare, save: () => undefined };
}

/** `causeway doctor`: looks at each hop and names the first one that fails; its exit code tells which kind. */
export async function doctor(context: CommandContext, relay: string | undefined): Promise<void> {
  const { terminal, options } = context;
  const relayUrl = parseRelayAddress(relayToUse(context, relay));
  const ca = options.ca ? { ca: options.ca } : {};
  const managed = options.managed?.current() ?? nothingManaged;
  const forbidden = whyForbidden(managed, relayUrl);
  if (forbidden !== null) throw forbidden;
  const proxies = createManagedProxies({
    managed: () => managed,
    unmanaged: environmentProxies,
    system: environmentProxies,
    passwords: null,
  });
  const pins = managedValue(managed, 'certificatePins') ?? [];
  const { hostname } = new URL(relayUrl);
  const http = createHttpClient({ ...ca, proxies, pinsOf: (host) => (host === hostname ? pins : []) });
  const core = createClientCore({ ...options, passive: false, state: withoutConnections(options.state) });

  async function settled(): Promise<ReturnType<typeof core.snapshot>['profiles'][number] | undefined> {
    const find = (snapshot: ReturnType<typeof core.snapshot>) =>
      chosenProfile({ relay: relayUrl, account: context.account }, snapshot);
    await core.start();
    const deadline = AbortSignal.any([context.interrupted, AbortSignal.timeout(settleMs)]);
    try {
      await snapshotWhere(
        core,
        (snapshot) => {
          const profile = find(snapshot);
          if (!profile || profile.signIn.status === 'expired' || profile.signIn.status === 'signed-out') return true;
          if (profile.signIn.status !== 'signed-in' || profile.catalog.status === 'loading') return false;
          const { tunnel } = profile;
          return tunnel.status === 'reconnecting' || (tunnel.status === 'open' && tunnel.roundTripMs !== null);
        },
        deadline,
      );
    } catch (error) {
      if (context.interrupted.aborted) throw error;
    }
    return find(core.snapshot());
  }

  try {
    let firstFailure: number = exitCodes.ok;
    for (const problem of managed.problems) {
      const words = policyProblemText(problem);
      terminal.result({ type: 'policy-problem', ...problem, text: words }, `✗ Managed settings: ${words}`);
      firstFailure = exitCodes.failed;
    }
    for await (const hop of runDiagnostics({
      relayUrl,
      http,
      proxies,
      profile: settled,
      ...ca,
    })) {
      const hint = hop.status === 'failed' ? `\n\n${problemText(hop.problem)}\n` : '';
      terminal.result(
        { type: 'hop', ...hop },
        `${marks[hop.status]} ${text(`diagnostics.hop.${hop.hop}`)}: ${hop.detail}${hint}`,
      );
      if (hop.status === 'failed' && firstFailure === exitCodes.ok) firstFailure = exitCodeOf(hop.problem.code);
    }
    const onPath = commandOnPath(process.platform, process.execPath);
    if (onPath !== null) terminal.result({ type: 'command-link', ...onPath.shown }, onPath.line);
    const support = managedValue(managed, 'supportContact');
    const help = support === undefined ? '' : ` Help: ${support}`;
    terminal.result(
      { type: 'doctor', ok: firstFailure === exitCodes.ok, support: support ?? null },
      firstFailure === exitCodes.ok ? text('diagnostics.all-well') : `Something needs attention: see ✗ above.${help}`,
    );
    process.exitCode = firstFailure;
  } finally {
    await core.close();
    await http.close();
  }
}
