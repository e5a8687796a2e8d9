import { basename, dirname, resolve } from 'node:path';

/** Databases have their logs beside them. */
const databases = [
  'audit.sqlite',
  'audit-keys.sqlite',
  'sessions.sqlite',
  'revocations.sqlite',
  'access.sqlite',
  'config-revisions.sqlite',
  'usage.db',
  'sinks.sqlite',
  'notices.sqlite',
  'signals.sqlite',
  'saml-bridge.db',
  'break-glass.db',
  'idempotency.sqlite',
];
const others = new Set([
  'admin.sock',
  'audit-checkpoints.log',
  'audit-index',
  'audit-signing-key.pem',
  'audit-signing-key.pem.new',
  'audit-verifier-key.txt',
  'audit.lock',
  'audit.lock.command',
  'backup-under-way',
  // Not there itself, but every backup ends with it.
  'backup.json',
  'break-glass-pages.secret',
  'break-glass.secret',
  'identity-keys.json',
  'moved-to-storage',
  'provider-keys',
  'relay-id',
  'saml-bridge-keys.json',
  'saml-idp-metadata.json',
]);
const ofDatabase = /-(?:wal|shm|journal)$/;

/** Whether a path, from the config’s folder on, is of what the relay makes in `relay.data`; a test compares names. */
export function isKeptFile(path: string, dataDir: string): boolean {
  const file = resolve('/', path);
  const name = basename(file);
  return (
    dirname(file) === resolve('/', dataDir) && (others.has(name) || databases.includes(name.replace(ofDatabase, '')))
  );
}
