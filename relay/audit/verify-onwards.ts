import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { readVerifiedState, writeVerifiedState } from './verified-state.ts';
import { type AuditVerdict, verifyAudit, type VerifyOptions } from './verify-audit.ts';

/** What {@link verifyOnwards} is asked. */
export interface OnwardsOptions extends Omit<VerifyOptions, 'state'> {
  /** Where the verifier keeps what it found; {@link defaultStatePath} when undefined. */
  readonly statePath: string | undefined;
  /** Verifies everything, whatever was verified earlier. */
  readonly full: boolean;
}

/** A file of the person who verifies, for each audit another one, out of reach of who writes the audit. */
export function defaultStatePath(dataDir: string, env: NodeJS.ProcessEnv = process.env): string {
  const folder = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
  return join(folder, 'causeway', `audit-verified-${name}.json`);
}

/**
 * Verifies what came since the last time, and keeps up to where. With kept checkpoints everything is verified, as they
 * may be of any record.
 * @throws AccessError `bad-input` as {@link verifyAudit} does, and when what was kept can't be read.
 */
export function verifyOnwards(
  dataDir: string,
  options: OnwardsOptions,
): { readonly verdict: AuditVerdict; readonly notKept: string | null } {
  const { statePath = defaultStatePath(dataDir), full, ...given } = options;
  const state = full || given.keptCheckpoints !== undefined ? undefined : readVerifiedState(statePath);
  const verdict = verifyAudit(dataDir, { ...given, state });
  let notKept: string | null = null;
  try {
    if (verdict.status === 'ok') writeVerifiedState(statePath, verdict.state);
  } catch (error) {
    notKept = `${statePath}: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { verdict, notKept };
}
