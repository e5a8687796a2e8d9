import { AccessError } from '../../shared/errors.ts';
import type { Config } from '../config/config-schema.ts';
import { doOverlap, parseNetwork, readCallerNetwork } from '../config/values/address-network.ts';
import type { LockTarget } from '../sessions/lock.ts';

/** What a lock is to be on, as it is typed, or stands in a request. */
export interface LockTargetTexts {
  readonly person?: string;
  /** Name of the issuer that the person signs in at. */
  readonly issuer?: string;
  readonly session?: string;
  readonly device?: string;
  readonly group?: string;
  readonly api?: string;
  /** Address or network. */
  readonly address?: string;
  readonly everything?: boolean;
}

/** What the texts name, exactly one thing. @throws AccessError `bad-input`, also for what the config doesn't have */
export function readLockTarget(
  { apis, issuers, relay }: Pick<Config, 'apis' | 'issuers' | 'relay'>,
  given: LockTargetTexts,
): LockTarget {
  const { person, issuer, session, device, group, api, address, everything } = given;
  const provider = issuers.find(({ name, issuer: url }) => name === issuer || url === issuer);
  if (issuer !== undefined) {
    if (person === undefined) throw new AccessError('bad-input', '--issuer goes with --person.');
    if (provider === undefined) {
      const known = issuers.map(({ name }) => name).join(', ');
      throw new AccessError('bad-input', `There is no issuer “${issuer}” in the configuration. Issuers: ${known}.`);
    }
  }
  if (api !== undefined && !apis.some(({ id }) => id === api)) {
    const known = apis.map(({ id }) => id).join(', ');
    throw new AccessError('bad-input', `There is no API “${api}” in the configuration. APIs: ${known}.`);
  }
  const named: readonly LockTarget[] = [
    ...(person === undefined ? [] : [{ type: 'person' as const, who: person, issuer: provider?.issuer ?? null }]),
    ...(session === undefined ? [] : [{ type: 'session' as const, session }]),
    ...(device === undefined ? [] : [{ type: 'device' as const, device }]),
    ...(group === undefined ? [] : [{ type: 'group' as const, group }]),
    ...(api === undefined ? [] : [{ type: 'api' as const, api }]),
    ...(address === undefined ? [] : [addressTarget(address, sparedAddresses(relay))]),
    ...(everything === true ? [{ type: 'everything' as const }] : []),
  ];
  const [target, ...others] = named;
  if (target === undefined || others.length > 0) {
    const flagNames = '--person, --session, --device, --group, --api, --address or --everything';
    throw new AccessError('bad-input', `A lock is on exactly one thing: ${flagNames}.`);
  }
  const name = Object.entries(target).find(([key]) => key !== 'type')?.[1];
  if (name === '' || (typeof name === 'string' && name.length > 500))
    throw new AccessError('bad-input', 'The name of what to lock has between 1 and 500 characters.');
  return target;
}

const loopback = ['127.0.0.0/8', '::1'] as const;

/** Addresses that stand for everybody behind them: this machine’s own, and the proxies that callers come through. */
export function sparedAddresses({
  trusted_proxies: proxies,
}: Pick<Config['relay'], 'trusted_proxies'>): readonly string[] {
  return [...loopback, ...(proxies?.addresses ?? [])];
}

/** The first of these addresses and networks that a network has an address in common with. */
export function sparedIn(network: string, spared: readonly string[]): string | undefined {
  const parsed = parseNetwork(network);
  return spared.find((other) => doOverlap(parsed, parseNetwork(other)));
}

/** @throws AccessError `bad-input` for what is no network, or one that others come through */
function addressTarget(text: string, spared: readonly string[]): LockTarget {
  const read = readCallerNetwork(text);
  if ('why' in read) throw new AccessError('bad-input', `--address ${read.why}.`);
  const proxy = sparedIn(read.network, spared);
  if (proxy !== undefined)
    throw new AccessError(
      'bad-input',
      `${read.network} has ${proxy} in it, through which others come: this machine, or a trusted proxy. Name a network without it.`,
    );
  return { type: 'address', network: read.network };
}
