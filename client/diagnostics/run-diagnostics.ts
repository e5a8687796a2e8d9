import type { DiscoveryDocument } from '../../shared/discovery-document.ts';
import { AccessError, toUserProblem, type UserProblem } from '../../shared/errors.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { HttpClient } from '../network/http-client.ts';
import { proxyFor } from '../network/proxy-for.ts';
import { discoverProvider } from '../provider/discover-provider.ts';
import { discoverRelay } from '../sign-in/discover-relay.ts';
import type { Hop, HopName } from './hop.ts';
import { checkListener } from './listener-hop.ts';
import { checkConnection, checkName, checkProxy } from './network-hops.ts';

export interface DiagnosticsOptions {
  readonly relayUrl: string;
  readonly http: HttpClient;
  readonly ca?: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The profile once its sign-in and its tunnel have settled, or undefined when there is none. */
  readonly profile: () => Promise<ProfileSnapshot | undefined>;
  readonly now?: () => number;
}

/**
 * Looks at each hop between this computer and the APIs and yields what it finds, in order. After a failure, hops
 * that need the failed one are skipped; local listeners are always tried.
 */
export async function* runDiagnostics(options: DiagnosticsOptions): AsyncGenerator<Hop> {
  const { relayUrl, http } = options;
  const now = options.now ?? Date.now;
  let failed: HopName | null = null;

  async function look(hop: HopName, check: () => Promise<string>, independent = false): Promise<Hop> {
    if (failed && !independent) return { hop, status: 'skipped', detail: 'an earlier step failed' };
    try {
      return { hop, status: 'ok', detail: await check() };
    } catch (error) {
      failed ??= hop;
      const problem = error instanceof FoundProblem ? error.problem : toUserProblem(error, now());
      return { hop, status: 'failed', detail: problem.detail, problem };
    }
  }

  let proxy: URL | null = null;
  const chosen = await look('proxy', async () => {
    proxy = proxyFor(relayUrl, options.environment);
    return 'chosen';
  });
  if (chosen.status === 'failed') yield chosen;
  else {
    yield proxy === null
      ? await look('dns', () => checkName(relayUrl))
      : { hop: 'dns', status: 'skipped', detail: 'the proxy looks the name up' };
    yield await look('proxy', () => checkProxy(relayUrl, proxy, options.ca));
  }
  yield await look('tls', () => checkConnection(relayUrl, proxy, options.ca));

  const answer = failed ? null : await discover(relayUrl, http, now);
  const clockIsWrong = answer instanceof AccessError && answer.code === 'clock-skew';
  yield await look('clock', async () => {
    if (clockIsWrong) throw answer;
    return answer instanceof AccessError ? 'unknown, because the relay doesn’t say' : 'agrees with the relay’s';
  });
  yield await look('relay', async () => {
    if (answer instanceof AccessError) throw answer;
    return `${answer?.name ?? relayUrl}, version ${answer?.version ?? 'unknown'}`;
  });
  yield await look('idp', async () => {
    const issuer = answer instanceof AccessError ? undefined : answer?.issuers[0];
    if (!issuer) throw new AccessError('relay-not-causeway', 'The relay names no sign-in service.');
    const provider = await discoverProvider(issuer, http);
    return `${issuer.issuer}${provider.proofAlgorithm === null ? '' : ', binds tokens by DPoP'}`;
  });
  const profile = failed ? undefined : await options.profile();
  yield await look('token', async () => tokenWords(profile));
  yield await look('tunnel', async () => tunnelWords(profile));
  yield await look('listener', checkListener, true);
}

async function discover(
  relayUrl: string,
  http: HttpClient,
  now: () => number,
): Promise<DiscoveryDocument | AccessError> {
  try {
    return await discoverRelay(relayUrl, http, { now });
  } catch (error) {
    if (error instanceof AccessError) return error;
    throw error;
  }
}

/** Carries a problem that is already in words through `look`. */
class FoundProblem extends Error {
  readonly problem: UserProblem;

  constructor(problem: UserProblem) {
    super(problem.detail);
    this.problem = problem;
  }
}

function tokenWords(profile: ProfileSnapshot | undefined): string {
  const signIn = profile?.signIn;
  if (signIn?.status === 'expired') throw new FoundProblem(signIn.problem);
  if (signIn?.status === 'signed-out' && signIn.problem) throw new FoundProblem(signIn.problem);
  if (signIn?.status !== 'signed-in') {
    throw new AccessError('not-signed-in', 'There is no sign-in for this relay here. Run: causeway login <relay>');
  }
  if (signIn.renewalProblem) throw new FoundProblem(signIn.renewalProblem);
  if (profile?.catalog.status === 'failed') throw new FoundProblem(profile.catalog.problem);
  if (profile?.catalog.status !== 'ready') return 'signed in';
  const { person, apis } = profile.catalog.catalog;
  const open = apis.filter((entry) => entry.access === 'open').length;
  return `signed in as ${person.name}; ${open} of ${apis.length} APIs are open`;
}

function tunnelWords(profile: ProfileSnapshot | undefined): string {
  const tunnel = profile?.tunnel;
  if (tunnel?.status === 'reconnecting') throw new FoundProblem(tunnel.problem);
  if (tunnel?.status !== 'open') throw new AccessError('tunnel-down', 'The tunnel doesn’t open within 10 seconds.');
  return tunnel.roundTripMs === null ? 'open' : `open, ${Math.round(tunnel.roundTripMs)} ms there and back`;
}
