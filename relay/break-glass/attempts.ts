import type { BreakGlassConfig } from '../config/break-glass-schema.ts';
import { networkOf } from '../config/values/address-network.ts';
import type { BreakGlassStore, Failures } from './break-glass-store.ts';

type Lockout = BreakGlassConfig['lockout'];

/** How long is to be waited after so many wrong answers, milliseconds: nothing at first, then doubling. Pure. */
export function waitAfter(count: number, allowed: number, { first_seconds: first, longest_minutes: longest }: Lockout) {
  if (count < allowed) return 0;
  return Math.min(first * 1000 * 2 ** Math.min(count - allowed, 30), longest * 60_000);
}

/** Who tries: the account that is named, whether there is one or not, and from where. */
export interface Attempt {
  readonly account: string | null;
  readonly isKnown: boolean;
  readonly address: string;
}

/** Wrong answers, counted for each account and for each address (of IPv6, each /64), in the data folder: a restart forgives nothing. */
export interface Attempts {
  /**
   * Counts a try before it is looked at, so that many at once are no more guesses than one after the other.
   * @returns how long it has to wait instead, milliseconds; 0 for not at all
   */
  begin(attempt: Attempt): number;
  /**
   * It was right: the account’s count ends. The address’s only loses this try, so that nobody’s own sign-ins buy guesses
   * at others’.
   */
  succeeded(attempt: Attempt): void;
}

export function countAttempts(store: BreakGlassStore, lockout: () => Lockout, now: () => number): Attempts {
  const accountKey = (account: string): string => `account ${account}`;
  const addressKey = (address: string): string => `address ${networkOf(address)}`;
  const leftOf = ({ count, lastAtMs }: Failures, allowed: number): number =>
    Math.max(0, lastAtMs + waitAfter(count, allowed, lockout()) - now());
  return {
    begin({ account, isKnown, address }) {
      const { account_failures: ofAccount, address_failures: ofAddress } = lockout();
      const waitMs = Math.max(
        account === null ? 0 : leftOf(store.failures(accountKey(account)), ofAccount),
        leftOf(store.failures(addressKey(address)), ofAddress),
      );
      if (waitMs > 0) return waitMs;
      if (account !== null) store.fail(accountKey(account), isKnown);
      store.fail(addressKey(address), false);
      return 0;
    },
    succeeded({ account, address }) {
      if (account !== null) store.forgive(accountKey(account));
      store.takeBack(addressKey(address));
    },
  };
}
