import type { ProfileSnapshot } from './snapshot.ts';

type Labelled = Pick<ProfileSnapshot, 'id' | 'relayUrl' | 'relayName' | 'account'>;

/** What one of them is called beside the others. */
export function accountLabel(
  { profiles }: { readonly profiles: readonly Labelled[] },
  { id, relayName }: Labelled,
): string {
  return profileLabels(profiles).get(id) ?? relayName;
}

/** Who it is, where the relay has several accounts here; null where its name says enough. */
export function accountAmong(profiles: readonly Labelled[], { id, relayUrl, account }: Labelled): string | null {
  const isOneOfSeveral = profiles.some((other) => other.id !== id && other.relayUrl === relayUrl);
  return isOneOfSeveral ? (account ?? null) : null;
}

/**
 * What each profile is called beside the others, by id: its relay's name, with the host where two have the same, and
 * with the person where two are at the same host. No two are alike.
 */
export function profileLabels(profiles: readonly Labelled[]): ReadonlyMap<string, string> {
  const forms: readonly ((profile: Labelled) => string)[] = [
    ({ relayName }) => relayName,
    ({ relayName, relayUrl }) => `${relayName} (${new URL(relayUrl).host})`,
    (profile) => (profile.account === undefined ? '' : `${profile.relayName} (${profile.account})`),
    ({ relayName, relayUrl, account }) =>
      `${relayName} (${[account, new URL(relayUrl).host].filter(Boolean).join(', ')})`,
  ];
  const labels = new Map<string, string>();
  const taken = new Map<string, number>();
  for (const profile of profiles) {
    const label = forms.map((form) => form(profile)).find((name, index) => name !== '' && isOnly(name, index, profile));
    const base = label ?? forms[3]?.(profile) ?? profile.id;
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    labels.set(profile.id, count === 1 ? base : `${base} ${count}`);
  }
  return labels;

  function isOnly(name: string, index: number, profile: Labelled): boolean {
    return profiles.every((other) => other.id === profile.id || forms[index]?.(other) !== name);
  }
}
