import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import {
  type ConsistencyProof,
  formatConsistencyProof,
  formatInclusionProof,
  type InclusionProof,
  proveGrowth,
  proveRecord,
} from '../audit/prove-audit.ts';
import type { SharedPlace } from '../audit/shared/open-shared.ts';
import type { RelayPlace } from '../audit/shared/prove-shared.ts';
import { type OnwardsOptions, type OnwardsVerdict, verifyOnwards, verifyOnwardsWith } from '../audit/verify-onwards.ts';
import type { AuditVerdict } from '../audit/verify-audit.ts';
import type { LogVerdict } from '../admin/audit-tasks.ts';
import type { RunningRelay } from './running-relay.ts';

/** What `relay audit verify` was asked. */
export interface VerifyCommandOptions {
  readonly dataDir: string;
  /** The verifier key that was kept elsewhere: its line, or a file with it. */
  readonly verifierKey: string | undefined;
  /** File with checkpoints that were kept elsewhere. */
  readonly checkpoints: string | undefined;
  readonly state: string | undefined;
  readonly full: boolean;
  readonly json: boolean;
  /** Takes finished text; ends each line itself. */
  readonly write: (text: string) => void;
}

/**
 * Verifies the audit of a data folder, also while a relay writes it.
 * @returns exit code: 0, or 1 when the audit is broken.
 * @throws AccessError `bad-input` when the folder holds no audit, or a file that was given can't be read.
 */
export function verifyCommand(options: VerifyCommandOptions): number {
  return tell('', verifyOnwards(options.dataDir, onwardsOptions(options)), options);
}

/**
 * Verifies what the storage has of each relay, or of one, also while they write.
 * @returns exit code: 0, or 1 when that of one of them is broken.
 * @throws AccessError `shared-state-unavailable`, and `bad-input` as {@link verifyCommand} does.
 */
export async function verifySharedCommand(
  options: Omit<VerifyCommandOptions, 'dataDir'>,
  { storage, relay }: SharedPlace,
): Promise<number> {
  // Loaded only where relays share a storage.
  const { verifySharedLogs } = await import('../audit/shared/verify-logs.ts');
  const { state } = options;
  if (relay === undefined && (state !== undefined || options.verifierKey !== undefined))
    throw new AccessError('bad-input', 'Each relay has its own: --state and --verifier-key go together with --relay.');
  let code = 0;
  for await (const found of verifySharedLogs({ storage, relay }, onwardsOptions(options))) {
    code = Math.max(code, tell(found.relay, found, options));
  }
  return code;
}

/**
 * Has a running relay verify its audit, or all that share its storage, for who may not read the records themselves; up to where
 * it was whole is kept by who asks.
 * @returns exit code, as {@link verifyCommand}
 * @throws AccessError what the relay refuses
 */
export async function verifyAtRelay(
  options: VerifyCommandOptions,
  relay: RunningRelay,
  only: string | undefined,
): Promise<number> {
  if (relay.stateIn === 'storage' && only === undefined) {
    const { state, verifierKey, checkpoints } = options;
    if (state !== undefined || verifierKey !== undefined || checkpoints !== undefined)
      throw new AccessError(
        'bad-input',
        'Each relay has its own: --state, --verifier-key and --checkpoints go together with --relay.',
      );
    const { logs } = (await relay.post('/admin/v1/audit/verify')) as { readonly logs: readonly LogVerdict[] };
    const codes = logs
      .filter((log) => log.relay !== null)
      .map(({ relay: id, ...verdict }) => tell(id ?? '', { verdict: verdict as AuditVerdict, notKept: null }, options));
    return Math.max(0, ...codes);
  }
  const name = `${resolve(options.dataDir)}${only === undefined ? '' : ` ${only}`}`;
  const found = await verifyOnwardsWith(name, onwardsOptions(options), async (given) => {
    const asked = { ...given, ...(only === undefined ? {} : { relay: only }) };
    return (await relay.post('/admin/v1/audit/verify-onwards', asked)) as AuditVerdict;
  });
  return tell(only ?? '', found, options);
}

function onwardsOptions(options: Omit<VerifyCommandOptions, 'dataDir'>): OnwardsOptions {
  const { verifierKey, checkpoints, state, full } = options;
  return {
    ...(verifierKey === undefined ? {} : { verifierKey: keyOf(verifierKey) }),
    ...(checkpoints === undefined ? {} : { keptCheckpoints: textOf(checkpoints) }),
    statePath: state,
    full,
  };
}

/** Prints what was found, for the audit of a relay where there are several; answers the exit code. */
function tell(
  relay: string,
  { verdict, notKept }: OnwardsVerdict,
  { json, write }: Pick<VerifyCommandOptions, 'json' | 'write'>,
): number {
  const whose = relay === '' ? {} : { relay };
  const prefix = relay === '' ? '' : `${relay}: `;
  if (verdict.status === 'broken') {
    const told = { ...whose, ...verdict };
    write(
      json ? `${JSON.stringify(told)}\n` : `${prefix}The audit is broken at record ${verdict.seq}. ${verdict.reason}\n`,
    );
    return 1;
  }
  const { state: _kept, ...told } = verdict;
  if (json) write(`${JSON.stringify({ ...whose, ...told, notKept })}\n`);
  else {
    const { records, from, cut, signedUpTo, unsignedCut } = verdict;
    const by =
      unsignedCut === true ? 'after the relay had stopped for good: nothing signed says so' : 'as a signed record says';
    const gone = cut === 0 ? '' : ` Records 1 to ${cut} were cut because of their age, ${by}.`;
    const earlier =
      from <= cut + 1 ? '' : ` Records up to ${from - 1} were verified earlier; --full verifies them again.`;
    write(
      `${prefix}The audit is whole: ${records} records, ${verdict.checkpoints} checkpoints, signed up to record ${signedUpTo}.${gone}${earlier}\n`,
    );
    if (notKept !== null) write(`The next time begins where this one did: it couldn’t be kept in ${notKept}\n`);
  }
  return 0;
}

/** What `relay audit prove` was asked: a record's number, or the number of records of an earlier checkpoint. */
export interface ProveCommandOptions {
  readonly dataDir: string;
  /** The one that is asked by who may not read the records; null for who may. */
  readonly relay?: RunningRelay | null;
  /** Of relays that share a storage, the one that is meant, when a relay is asked. */
  readonly only?: string | undefined;
  /** The relay whose records in the storage are meant, in place of a folder. */
  readonly shared?: RelayPlace | undefined;
  readonly seq: string | undefined;
  readonly from: string | undefined;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/**
 * @throws AccessError `bad-input` when neither or both are given, or there is nothing to prove it by;
 * `shared-state-unavailable` when the storage can’t be reached
 */
export async function proveCommand(options: ProveCommandOptions): Promise<number> {
  const { seq, from, json, write } = options;
  if ((seq === undefined) === (from === undefined))
    throw new AccessError(
      'bad-input',
      'Give the number of a record, or --from and the number of an earlier checkpoint.',
    );
  if (seq !== undefined) {
    const proof = await provedRecord(options, numberOf(seq));
    write(json ? `${JSON.stringify(proof)}\n` : formatInclusionProof(proof));
  } else {
    const proof = await provedGrowth(options, from === '0' ? 0 : numberOf(from ?? ''));
    write(json ? `${JSON.stringify(proof)}\n` : formatConsistencyProof(proof));
  }
  return 0;
}

// What reads PostgreSQL is loaded only where relays share a storage.

async function provedRecord(
  { dataDir, relay = null, only, shared }: ProveCommandOptions,
  seq: number,
): Promise<InclusionProof> {
  if (relay === null)
    return shared === undefined
      ? proveRecord(dataDir, seq)
      : (await import('../audit/shared/prove-shared.ts')).proveSharedRecord(shared, seq);
  const path = `/admin/v1/audit/records/${seq}/proof`;
  const proof = (await relay.get(path, { relay: only })) as InclusionProof & { text?: string };
  const { text: _text, ...own } = proof;
  return own;
}

async function provedGrowth(
  { dataDir, relay = null, only, shared }: ProveCommandOptions,
  from: number,
): Promise<ConsistencyProof> {
  if (relay === null)
    return shared === undefined
      ? proveGrowth(dataDir, from)
      : (await import('../audit/shared/prove-shared.ts')).proveSharedGrowth(shared, from);
  return (await relay.get('/admin/v1/audit/growth', { from, relay: only })) as ConsistencyProof;
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new AccessError('bad-input', `“${text}” isn’t the number of a record: 1, 2, 3 and so on.`);
}

/** A verifier key as C2SP signed-note writes it, and no path that anybody would give a file. */
function isKeyLine(given: string): boolean {
  return /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,}=*$/.test(given.trim());
}

function keyOf(given: string): string {
  return isKeyLine(given)
    ? given
    : textOf(given, `“${given}” is no line of a verifier key, and no file that can be read.`);
}

function textOf(path: string, whyNot = `“${path}” is no file that can be read.`): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AccessError('bad-input', whyNot, { cause: error });
  }
}
