/** What is known of a provider’s keys. Times are milliseconds since the epoch. */
export interface KeyVitals {
  /** Whether sign-ins can be checked. */
  readonly ready: boolean;
  /** Names of the keys in use, and since when this process knows each. */
  readonly keys: readonly { readonly kid: string; readonly sinceMs: number }[];
  /** Published keys that can’t be used, and why. */
  readonly leftOut: readonly string[];
  /** Null until they were fetched once. */
  readonly keysFetchedAtMs: number | null;
  /** Null before the first try has ended. */
  readonly nextFetchAtMs: number | null;
  /** Tries that failed since the last one that didn’t. */
  readonly failures: number;
  /** Why the last one failed that did; null when none has since the start. */
  readonly lastError: { readonly atMs: number; readonly detail: string } | null;
  /** The provider’s clock minus ours, as its `Date` headers tell; null while unknown. */
  readonly clockDifferenceMs: number | null;
}

/** How asking the provider’s directory for groups went. */
export interface LookupVitals {
  readonly answeredAtMs: number | null;
  readonly lastError: { readonly atMs: number; readonly detail: string } | null;
}

/** A provider at work, as one process of the relay sees it. */
export interface ProviderVitals extends KeyVitals {
  readonly issuer: string;
  readonly name: string;
  /** Null where no groups are looked up. */
  readonly groupsLookup: LookupVitals | null;
}
