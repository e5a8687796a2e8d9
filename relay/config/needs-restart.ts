import { isSamePlace } from '../storage/postgres/sign-in-now.ts';
import type { LoadedConfig } from './load-config.ts';

/** Keys whose change a running relay can’t follow. */
export function needsRestart(before: LoadedConfig, after: LoadedConfig): string[] {
  const keys: string[] = [];
  const [old, fresh] = [before.config, after.config];
  if (JSON.stringify(old.relay.listen) !== JSON.stringify(fresh.relay.listen)) keys.push('relay.listen');
  if (old.relay.data !== fresh.relay.data) keys.push('relay.data');
  if (old.relay.id !== fresh.relay.id) keys.push('relay.id');
  if (old.relay.url !== fresh.relay.url) keys.push('relay.url');
  if ((before.tls === undefined) !== (after.tls === undefined)) keys.push('relay.tls');
  if ((before.saml === undefined) !== (after.saml === undefined)) keys.push('saml');
  if (old.break_glass === undefined && fresh.break_glass !== undefined) keys.push('break_glass');
  if (JSON.stringify(storeOf(old)) !== JSON.stringify(storeOf(fresh))) keys.push('shared_state');
  if (!isSameStorage(before.storage, after.storage)) keys.push('storage');
  if (JSON.stringify(old.admin?.listen) !== JSON.stringify(fresh.admin?.listen)) keys.push('admin.listen');
  if (old.admin?.socket_group !== fresh.admin?.socket_group) keys.push('admin.socket_group');
  if (formOf(before.adminTls) !== formOf(after.adminTls)) keys.push('admin.tls');
  if (old.relay.workers !== fresh.relay.workers) keys.push('relay.workers');
  if (JSON.stringify(old.limits) !== JSON.stringify(fresh.limits)) keys.push('limits');
  if (old.audit.durable !== fresh.audit.durable) keys.push('audit.durable');
  if ((before.auditKey === undefined) !== (after.auditKey === undefined)) keys.push('audit.signing_key');
  for (const key of ['keep_days', 'keep_refused_days', 'erasable', 'reader_group'] as const)
    if (old.audit[key] !== fresh.audit[key]) keys.push(`audit.${key}`);
  return keys;
}

/** User, password and certificates are read anew with each connection where the address comes from the same files. */
function isSameStorage(before: LoadedConfig['storage'], after: LoadedConfig['storage']): boolean {
  if (before === undefined || after === undefined) return before === after;
  return isSamePlace(before, after);
}

/** Certificates and authorities can be exchanged, not whether there are any. */
function formOf(tls: LoadedConfig['adminTls']): string {
  return `${tls !== undefined} ${tls?.clientCa !== undefined}`;
}

/** Where relays keep what they share; what happens when it is lost can change at any time. */
function storeOf({ shared_state: shared }: LoadedConfig['config']): object {
  const { on_failure: _onFailure, secret, other_secret: _other, ...store } = shared;
  // What the secrets are can be changed, not whether there is one.
  return { ...store, isSealed: secret !== undefined };
}
