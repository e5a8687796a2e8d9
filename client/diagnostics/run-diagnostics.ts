import type { ActivityEntry } from '../../shared/activity.ts';
import type { DiagnosticFacts, Hop, HopName } from '../../shared/diagnostics.ts';
import type { DiscoveryDocument } from '../../shared/discovery-document.ts';
import { AccessError, toUserProblem } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { HttpClient } from '../network/http-client.ts';
import { proxyName } from '../network/proxy-for.ts';
import type { ProxySource } from '../network/proxy-source.ts';
import { discoverProvider } from '../provider/discover-provider.ts';
import { discoverRelay } from '../sign-in/discover-relay.ts';
import { checkListener } from './listener-hop.ts';
import { checkConnection, checkName, checkProxy } from './network-hops.ts';
import { FoundProblem, tokenWords, tunnelWords, upstreamWords } from './profile-hops.ts';

export interface DiagnosticsOptions {
  readonly relayUrl: string;
  readonly http: HttpClient;
  readonly ca?: readonly string[];
  readonly proxies: Pick<ProxySource, 'proxyFor'>;
  /** The profile once its sign-in and its tunnel have settled, or undefined when there is none. */
  readonly profile: () => Promise<ProfileSnapshot | undefined>;
  /** The person's last requests, oldest first; without it, nothing is said of the APIs. */
  readonly activity?: () => readonly ActivityEntry[];
  /** Told what is found out besides the verdicts. */
  readonly onFact?: (fact: Partial<DiagnosticFacts>) => void;
  readonly now?: () => number;
}

/**
 * Looks at each hop between this computer and the APIs and yields what it finds, in order. After a failure, hops
 * that need the failed one are skipped; local listeners are always tried.
 */
export async function* runDiagnostics(options: DiagnosticsOptions): AsyncGenerator<Hop> {
  const { relayUrl, http, onFact = () => undefined } = options;
  const now = options.now ?? Date.now;
  let failed: HopName | null = null;

  async function look(hop: HopName, check: () => Promise<string>, independent = false): Promise<Hop> {
    if (failed && !independent) return { hop, status: 'skipped', detail: text('hop.skipped'), tookMs: 0 };
    const startedMs = performance.now();
    const tookMs = (): number => Math.round(performance.now() - startedMs);
    try {
      return { hop, status: 'ok', detail: await check(), tookMs: tookMs() };
    } catch (error) {
      failed ??= hop;
      const problem = error instanceof FoundProblem ? error.problem : toUserProblem(error, now());
      return { hop, status: 'failed', detail: problem.detail, problem, tookMs: tookMs() };
    }
  }

  let proxy: URL | null = null;
  const chosen = await look('proxy', async () => {
    proxy = await options.proxies.proxyFor(relayUrl);
    onFact({ proxy: proxy === null ? null : proxyName(proxy) });
    return 'chosen';
  });
  if (chosen.status === 'failed') yield chosen;
  else {
    yield proxy === null
      ? await look('dns', () => checkName(relayUrl))
      : { hop: 'dns', status: 'skipped', detail: text('hop.dns.by-proxy'), tookMs: 0 };
    yield await look('proxy', () => checkProxy(relayUrl, proxy, options.ca));
  }
  yield await look('tls', async () => {
    const { detail, tls } = await checkConnection(relayUrl, proxy, options.ca);
    onFact({ tls });
    return detail;
  });

  const answer = failed ? null : await discover(relayUrl, http, now, onFact);
  const clockIsWrong = answer instanceof AccessError && answer.code === 'clock-skew';
  yield await look('clock', async () => {
    if (clockIsWrong) throw answer;
    return text(answer instanceof AccessError ? 'hop.clock.unknown' : 'hop.clock.agrees');
  });
  yield await look('relay', async () => {
    if (answer instanceof AccessError) throw answer;
    onFact({ relayVersion: answer?.version ?? null });
    return text('hop.relay.found', { name: answer?.name ?? relayUrl, version: answer?.version ?? '–' });
  });
  yield await look('idp', async () => {
    const issuer = answer instanceof AccessError ? undefined : answer?.issuers[0];
    if (!issuer) throw new AccessError('relay-not-causeway', text('failure.no-issuer'));
    const provider = await discoverProvider(issuer, http);
    return provider.proofAlgorithm === null ? issuer.issuer : text('hop.idp.dpop', { issuer: issuer.issuer });
  });
  const profile = failed ? undefined : await options.profile();
  yield await look('token', async () => tokenWords(profile));
  yield await look('tunnel', async () => tunnelWords(profile));
  yield await look('listener', checkListener, true);
  const { activity } = options;
  if (activity !== undefined) yield await upstream(activity(), look);
}

async function upstream(
  entries: readonly ActivityEntry[],
  look: (hop: HopName, check: () => Promise<string>) => Promise<Hop>,
): Promise<Hop> {
  const hop = await look('upstream', async () => upstreamWords(entries));
  // A request made up by the doctor would be one in the person's name: only those that were made are looked at.
  return hop.status === 'ok' && entries.length === 0 ? { ...hop, status: 'skipped' } : hop;
}

async function discover(
  relayUrl: string,
  http: HttpClient,
  now: () => number,
  onFact: (fact: Partial<DiagnosticFacts>) => void,
): Promise<DiscoveryDocument | AccessError> {
  try {
    return await discoverRelay(relayUrl, http, { now, onClocks: (clock) => onFact({ clock }) });
  } catch (error) {
    if (error instanceof AccessError) return error;
    throw error;
  }
}
