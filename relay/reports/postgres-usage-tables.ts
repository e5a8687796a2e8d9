import { createHash } from 'node:crypto';
import type { ColumnType } from 'kysely';
import type { DomainMigrations } from '../storage/postgres/migrate-postgres.ts';

/** A 64-bit number, which `pg` reads as text. */
type Big = ColumnType<string, number, number>;

interface Counts {
  readonly relay: string;
  readonly hour: Big;
  readonly person: string;
  readonly groups: string;
  readonly api: string;
  readonly rule: string;
  readonly requests: Big;
}

/** Counts of all relays. People, sets of groups and words are named by a hash, so that relays need not agree on numbers. */
export interface UsageTables {
  readonly usage_counted: {
    readonly relay: string;
    readonly seq: Big;
    readonly digest: Buffer;
    readonly outlived: boolean;
    readonly missed: Big;
  };
  readonly usage_person: {
    readonly id: string;
    readonly issuer: string;
    readonly subject: string;
    readonly username: string;
  };
  readonly usage_groups: { readonly id: string; readonly names: string[] };
  readonly usage_word: { readonly id: string; readonly text: string };
  readonly usage_count: Counts & { readonly allowed: boolean };
  readonly usage_denial: Counts & { readonly method: string; readonly shape: string; readonly path: string };
  readonly usage_grant: {
    readonly id: string;
    readonly hour: Big;
    readonly username: string;
    readonly api: string | null;
    readonly role: string;
  };
}

/** The tables of {@link UsageTables}. */
export const usageMigrations: DomainMigrations = {
  domain: 'usage',
  steps: [
    `
    CREATE TABLE usage_counted (
      relay TEXT PRIMARY KEY, seq BIGINT NOT NULL, digest BYTEA NOT NULL, outlived BOOLEAN NOT NULL, missed BIGINT NOT NULL
    );
    CREATE TABLE usage_person (
      id UUID PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, username TEXT NOT NULL
    );
    CREATE TABLE usage_groups (id UUID PRIMARY KEY, names TEXT[] NOT NULL);
    CREATE TABLE usage_word (id UUID PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE usage_count (
      relay TEXT NOT NULL, hour BIGINT NOT NULL, person UUID NOT NULL, groups UUID NOT NULL, api UUID NOT NULL,
      rule UUID NOT NULL, allowed BOOLEAN NOT NULL, requests BIGINT NOT NULL,
      PRIMARY KEY (hour, relay, person, groups, api, rule, allowed)
    );
    CREATE INDEX usage_count_relay ON usage_count (relay, hour);
    CREATE INDEX usage_count_api ON usage_count (api);
    CREATE TABLE usage_denial (
      relay TEXT NOT NULL, hour BIGINT NOT NULL, person UUID NOT NULL, groups UUID NOT NULL, api UUID NOT NULL,
      rule UUID NOT NULL, method UUID NOT NULL, shape UUID NOT NULL, path TEXT NOT NULL, requests BIGINT NOT NULL,
      PRIMARY KEY (hour, relay, person, api, groups, rule, method, shape)
    );
    CREATE TABLE usage_grant (
      id TEXT PRIMARY KEY, hour BIGINT NOT NULL, username TEXT NOT NULL, api TEXT, role TEXT NOT NULL
    );
    `,
  ],
};

/** By what these texts are named: half of their SHA-256, as a UUID. */
export function idOf(...texts: readonly string[]): string {
  const digits = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
