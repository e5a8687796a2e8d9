import type { Snapshot } from '../shared/snapshot.ts';

const maxOrigins = 40;

/** The https origins that pages may be opened on: those of relays and sign-in services that the state has named. */
export interface KnownOrigins {
  readonly origins: ReadonlySet<string>;
  /** Adds what a state names; the oldest are forgotten beyond forty. */
  learn(snapshot: Snapshot): void;
}

/**
 * Collects origins over runs, not only from the present state: the page that ends the provider's session is opened after
 * the state has forgotten the sign-in.
 */
export function createKnownOrigins(
  remembered: readonly string[],
  remember: (origins: readonly string[]) => void,
): KnownOrigins {
  const origins = new Set(remembered.slice(-maxOrigins));
  return {
    origins,
    learn: (snapshot) => {
      const unknown = originsOf(snapshot).filter((origin) => !origins.has(origin));
      if (unknown.length === 0) return;
      for (const origin of unknown) origins.add(origin);
      for (const origin of [...origins].slice(0, Math.max(0, origins.size - maxOrigins))) origins.delete(origin);
      remember([...origins]);
    },
  };
}

/** Names of the relays in whose place the network now shows a sign-in page of its own. */
export function networkHosts({ profiles }: Snapshot): ReadonlySet<string> {
  const inTheWay = profiles.filter(({ signIn, tunnel }) => {
    const problems = [
      tunnel.status === 'reconnecting' ? tunnel.problem : null,
      'problem' in signIn ? signIn.problem : null,
      signIn.status === 'signed-in' ? (signIn.renewalProblem ?? signIn.tryProblem) : null,
    ];
    return problems.some((problem) => problem?.code === 'network-sign-in');
  });
  return new Set(inTheWay.map(({ relayUrl }) => new URL(relayUrl).hostname));
}

function originsOf(snapshot: Snapshot): readonly string[] {
  const addresses = snapshot.profiles.flatMap((profile) => [
    profile.relayUrl,
    ...(profile.signIn.status === 'waiting-for-browser' ? [profile.signIn.url] : []),
    ...(profile.stepUp?.status === 'waiting-for-browser' ? [profile.stepUp.url] : []),
    ...(profile.catalog.status === 'ready' ? [profile.catalog.catalog.person.issuer] : []),
  ]);
  return addresses.filter((address) => URL.canParse(address)).map((address) => new URL(address).origin);
}
