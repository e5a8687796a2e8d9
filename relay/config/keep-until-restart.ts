import { isSamePlace } from '../storage/postgres/sign-in-now.ts';
import { breakGlassIssuerOf } from './break-glass-issuer.ts';
import type { Config } from './config-schema.ts';
import type { LoadedConfig } from './load-config.ts';

/**
 * Another config with all that a running relay doesn’t follow (what `needsRestart` names) as it was when the relay started:
 * a process of it that starts later is as its others are.
 */
export function keepUntilRestart(first: LoadedConfig, next: LoadedConfig): LoadedConfig {
  const config = keepSections(first.config, keepKeys(first.config, keepOwnIssuer(first.config, next.config)));
  return keepFiles(first, { ...next, config });
}

/** The issuer of the relay’s own accounts is called by the relay’s address, and is there only with them. */
function keepOwnIssuer(first: Config, next: Config): Config {
  const [old, own] = [breakGlassIssuerOf(first), breakGlassIssuerOf(next)];
  const isNew = first.break_glass === undefined && next.break_glass !== undefined;
  if (!isNew && (old === own || next.break_glass === undefined)) return next;
  const others = next.issuers.filter(({ issuer }) => issuer !== own);
  const kept = { ...next, issuers: [...others, ...first.issuers.filter(({ issuer }) => issuer === old)] };
  return isNew ? (without(kept, 'break_glass') as Config) : kept;
}

function keepKeys(first: Config, next: Config): Config {
  const { listen, data, url, workers } = first.relay;
  const { durable, keep_days, keep_refused_days, erasable, reader_group } = first.audit;
  const { on_failure, secret, other_secret } = next.shared_state;
  const shared = { ...without(first.shared_state, 'secret', 'other_secret'), on_failure };
  return {
    ...next,
    relay: { ...without(next.relay, 'id'), listen, data, url, workers, ...given({ id: first.relay.id }) },
    audit: {
      ...without(next.audit, 'reader_group', 'keep_days', 'keep_refused_days'),
      durable,
      erasable,
      ...given({ keep_days, keep_refused_days, reader_group }),
    },
    limits: first.limits,
    shared_state: { ...shared, ...given({ secret, other_secret }) },
  } as Config;
}

function keepSections(first: Config, next: Config): Config {
  // Who may administer follows the config: only where and how they reach it doesn’t.
  if (first.admin === undefined || next.admin === undefined) return next;
  const { listen, socket_group } = first.admin;
  return { ...next, admin: { ...without(next.admin, 'socket_group'), listen, ...given({ socket_group }) } } as Config;
}

function keepFiles(first: LoadedConfig, next: LoadedConfig): LoadedConfig {
  let kept = next;
  if ((first.tls === undefined) !== (next.tls === undefined)) kept = withKey(kept, first, 'tls');
  if ((first.auditKey === undefined) !== (next.auditKey === undefined)) kept = withKey(kept, first, 'auditKey');
  if (formOf(first) !== formOf(next)) kept = withKey(kept, first, 'adminTls');
  const { storage } = first;
  const isSame = storage !== undefined && next.storage !== undefined && isSamePlace(storage, next.storage);
  if (!isSame) {
    kept = withKey(kept, first, 'storage');
    const config = { ...without(kept.config, 'storage'), ...given({ storage: first.config.storage }) } as Config;
    kept = { ...kept, config };
  }
  if ((first.saml === undefined) === (next.saml === undefined)) return kept;
  kept = withKey(kept, first, 'saml');
  return { ...kept, config: { ...without(kept.config, 'saml'), ...given({ saml: first.config.saml }) } as Config };
}

function formOf({ adminTls }: LoadedConfig): string {
  return `${adminTls !== undefined} ${adminTls?.clientCa !== undefined}`;
}

function withKey(next: LoadedConfig, first: LoadedConfig, key: keyof LoadedConfig): LoadedConfig {
  return { ...without(next, key), ...given({ [key]: first[key] }) } as LoadedConfig;
}

function without<Value extends object, Key extends keyof Value>(
  value: Value,
  ...keys: readonly Key[]
): Omit<Value, Key> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as Key))) as Omit<Value, Key>;
}

function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
