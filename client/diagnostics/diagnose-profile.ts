import type { ActivityEntry } from '../../shared/activity.ts';
import type { DiagnosticFacts, DiagnosticReport, Hop } from '../../shared/diagnostics.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { HttpClient } from '../network/http-client.ts';
import type { ProxySource } from '../network/proxy-source.ts';
import { runDiagnostics } from './run-diagnostics.ts';

/** What a look at a running profile needs. */
export interface ProfileToDiagnose {
  readonly http: HttpClient;
  readonly ca?: readonly string[];
  readonly proxies: ProxySource;
  readonly appVersion: string;
  readonly snapshot: () => ProfileSnapshot;
  /** Resolves with the profile when neither sign-in nor tunnel is on its way any more, or after some seconds. */
  readonly settled: () => Promise<ProfileSnapshot>;
  readonly activity: () => readonly ActivityEntry[];
  readonly now: () => number;
  /** Told of each hop as it is found. */
  readonly onHop?: (hop: Hop) => void;
}

/** Looks at every hop of a running profile; changes nothing and makes no request in the person's name. */
export async function diagnoseProfile(options: ProfileToDiagnose): Promise<DiagnosticReport> {
  const { http, proxies, now, onHop = () => undefined } = options;
  const { relayUrl, relayName, device } = options.snapshot();
  const startedAtMs = now();
  const hops: Hop[] = [];
  let facts: DiagnosticFacts = { proxy: null, clock: null, tls: null, relayVersion: null };
  const looks = runDiagnostics({
    relayUrl,
    http,
    proxies,
    now,
    profile: options.settled,
    activity: options.activity,
    onFact: (fact) => {
      facts = { ...facts, ...fact };
    },
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  for await (const hop of looks) {
    hops.push(hop);
    onHop(hop);
  }
  const { tunnel, signIn } = options.snapshot();
  return {
    startedAtMs,
    relayUrl,
    relayName,
    appVersion: options.appVersion,
    system: device.system,
    runtime: `Node ${process.versions.node}${versionOf('electron', 'Electron')}${versionOf('chrome', 'Chromium')}`,
    hops,
    facts,
    session:
      tunnel.status === 'open'
        ? { id: tunnel.sessionId, sinceMs: tunnel.sinceMs, roundTripMs: tunnel.roundTripMs }
        : null,
    signIn:
      signIn.status === 'signed-in'
        ? { bound: signIn.bound, kept: signIn.kept, expiresAtMs: signIn.expiresAtMs }
        : null,
  };
}

function versionOf(part: string, name: string): string {
  const version = process.versions[part];
  return version === undefined ? '' : `, ${name} ${version}`;
}
