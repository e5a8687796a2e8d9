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
export function defaultStatePath(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const folder = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return join(folder, 'causeway', `audit-verified-${hash}.json`);
}

/** What was found, and where it couldn't be kept for the next time; null when it could. */
export interface OnwardsVerdict {
  readonly verdict: AuditVerdict;
  readonly notKept: string | null;
}

/**
 * Verifies what came since the last time, and keeps up to where. With kept checkpoints everything is verified, as they
 * may be of any record.
 * @throws AccessError `bad-input` as {@link verifyAudit} does, and when what was kept can't be read.
 */
export function verifyOnwards(dataDir: string, options: OnwardsOptions): OnwardsVerdict {
  const { statePath, given, state } = beginOnwards(resolve(dataDir), options);
  return keepVerdict(verifyAudit(dataDir, { ...given, state }), statePath);
}

/** The same for an audit elsewhere, which `name` tells from all others. */
export async function verifyOnwardsWith(
  name: string,
  options: OnwardsOptions,
  verify: (options: VerifyOptions) => Promise<AuditVerdict>,
): Promise<OnwardsVerdict> {
  const { statePath, given, state } = beginOnwards(name, options);
  return keepVerdict(await verify({ ...given, state }), statePath);
}

function beginOnwards(
  name: string,
  options: OnwardsOptions,
): {
  readonly statePath: string;
  readonly given: VerifyOptions;
  readonly state: VerifyOptions['state'];
} {
  const { statePath = defaultStatePath(name), full, ...given } = options;
  const isFull = full || given.keptCheckpoints !== undefined;
  return { statePath, given, state: isFull ? undefined : readVerifiedState(statePath) };
}

function keepVerdict(verdict: AuditVerdict, statePath: string): OnwardsVerdict {
  try {
    if (verdict.status === 'ok') writeVerifiedState(statePath, verdict.state);
    return { verdict, notKept: null };
  } catch (error) {
    return { verdict, notKept: `${statePath}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
