import { Counter, Gauge, type Registry } from 'prom-client';
import type { AuditRecord } from '../audit/audit-record.ts';

/** How long ago a provider’s keys were fetched. */
export interface ProviderNow {
  readonly issuer: string;
  /** Milliseconds since the epoch; null before the first time. */
  readonly keysFetchedAtMs: number | null;
  /** Provider’s clock minus this one’s, milliseconds; null when it isn’t known. */
  readonly clockDifferenceMs: number | null;
}

/** What is counted of sign-ins. */
export interface SignInMetrics {
  /** A token of this issuer was taken. */
  accepted(issuer: string): void;
  /** A token was refused, as recorded. */
  refused(record: Extract<AuditRecord, { type: 'authentication-refused' }>): void;
  /** Says how the providers are, whenever somebody asks. */
  providers(now: () => readonly ProviderNow[]): void;
}

/** In place of what refused tokens name that is no issuer of the config: labels are never a caller’s to choose. */
const unknownIssuer = 'unknown';

/** @param isIssuer whether the config in force has this issuer */
export function countedSignIns(registry: Registry, isIssuer: (issuer: string) => boolean): SignInMetrics {
  const registers = [registry];
  const authentications = new Counter({
    name: 'causeway_authentications_total',
    help: 'Tokens that were looked at, by provider and code: ok, or why they were refused.',
    labelNames: ['issuer', 'code'],
    registers,
  });
  let providersNow: () => readonly ProviderNow[] = () => [];
  new Gauge({
    name: 'causeway_provider_keys_age_seconds',
    help: 'How long ago the keys of a provider were fetched.',
    labelNames: ['issuer'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { issuer, keysFetchedAtMs } of providersNow())
        if (keysFetchedAtMs !== null) this.labels(issuer).set(Math.max(0, Date.now() - keysFetchedAtMs) / 1000);
    },
  });
  new Gauge({
    name: 'causeway_provider_clock_difference_seconds',
    help: 'Clock of a provider minus that of the relay.',
    labelNames: ['issuer'],
    registers,
    aggregator: 'first',
    collect() {
      this.reset();
      for (const { issuer, clockDifferenceMs } of providersNow())
        if (clockDifferenceMs !== null) this.labels(issuer).set(clockDifferenceMs / 1000);
    },
  });
  return {
    accepted: (issuer) => authentications.labels(issuer, 'ok').inc(),
    refused({ code, claimed }) {
      const issuer = claimed?.issuer ?? '';
      authentications.labels(isIssuer(issuer) ? issuer : unknownIssuer, code).inc();
    },
    providers: (now) => void (providersNow = now),
  };
}
