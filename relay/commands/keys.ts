import { pino } from 'pino';
import { currentOperator, readReason } from '../acts/operator.ts';
import { askedForAuditKey, auditKeyAct } from '../administration/audit-key-act.ts';
import { replaceSigningKeys } from '../administration/replace-identity-keys.ts';
import type { StatePlace } from '../administration/state-place.ts';
import { createAuditLog } from '../audit/create-audit-log.ts';
import type { AtRelay } from './running-relay.ts';
import { waitsWords } from './waits-words.ts';

export type KeysCommandOptions = (AtRelay | StatePlace) & {
  /** Which key is replaced: that of the audit, or those that sign identities for APIs. */
  readonly key: 'audit' | 'identity';
  /** Why; it is recorded with who did it. */
  readonly reason: string;
  readonly write: (text: string) => void;
};

/**
 * Replaces a key of the relay's own: asks the relay that runs, or does it in the data folder when none does. Exit code 0.
 * @throws AccessError `bad-input` without a reason; `audit-unavailable` when the audit's key can't be replaced there
 */
export async function keysCommand(options: KeysCommandOptions): Promise<number> {
  const { key, write } = options;
  const reason = readReason(options.reason);
  const { name, isRecorded, isStored } = await replaced(options, reason);
  write(
    key === 'audit'
      ? `The audit is signed with another key from here on. Keep its line with whoever verifies:\n${name}\n`
      : `Identities for APIs are signed with the key ${name} within seconds, and no other is published. ` +
          'APIs that keep the relay’s JWKS fetch it again for a key that they don’t know.\n',
  );
  if (!isRecorded) write(waitsWords(isStored));
  return 0;
}

interface Replaced {
  readonly name: string;
  readonly isRecorded: boolean;
  readonly isStored: boolean;
}

async function replaced(options: KeysCommandOptions, reason: string): Promise<Replaced> {
  if ('relay' in options) {
    const { relay, key } = options;
    const answer = await relay.post(`/admin/v1/keys/${key}/replace`, { reason });
    const { key: name, recorded } = answer as { readonly key: string; readonly recorded: boolean };
    return { name, isRecorded: recorded, isStored: relay.stateIn === 'storage' };
  }
  const operator = currentOperator();
  if (options.key === 'identity') {
    const { kid, isRecorded } = await replaceSigningKeys(options, { operator, reason }, Date.now());
    return { name: kid, isRecorded, isStored: options.storage !== undefined };
  }
  const audit = await createAuditLog({
    dataDir: options.dataDir,
    log: pino({ level: 'silent' }),
    holder: 'command',
  });
  try {
    const name = await audit.replaceKey(askedForAuditKey, undefined, auditKeyAct(operator, reason, Date.now()));
    return { name, isRecorded: true, isStored: false };
  } finally {
    await audit.close();
  }
}
