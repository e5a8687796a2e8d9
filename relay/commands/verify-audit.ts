import { readFileSync } from 'node:fs';
import { AccessError } from '../../shared/errors.ts';
import { formatConsistencyProof, formatInclusionProof, proveGrowth, proveRecord } from '../audit/prove-audit.ts';
import type { SharedPlace } from '../audit/shared/open-shared.ts';
import { type OnwardsOptions, type OnwardsVerdict, verifyOnwards } from '../audit/verify-onwards.ts';

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

function onwardsOptions(options: Omit<VerifyCommandOptions, 'dataDir'>): OnwardsOptions {
  const { verifierKey, checkpoints, state, full } = options;
  return {
    ...(verifierKey === undefined ? {} : { verifierKey: isKeyLine(verifierKey) ? verifierKey : textOf(verifierKey) }),
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
  readonly seq: string | undefined;
  readonly from: string | undefined;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/** @throws AccessError `bad-input` when neither or both are given, or there is nothing to prove it by. */
export function proveCommand({ dataDir, seq, from, json, write }: ProveCommandOptions): number {
  if ((seq === undefined) === (from === undefined))
    throw new AccessError(
      'bad-input',
      'Give the number of a record, or --from and the number of an earlier checkpoint.',
    );
  if (seq !== undefined) {
    const proof = proveRecord(dataDir, numberOf(seq));
    write(json ? `${JSON.stringify(proof)}\n` : formatInclusionProof(proof));
  } else {
    const proof = proveGrowth(dataDir, from === '0' ? 0 : numberOf(from ?? ''));
    write(json ? `${JSON.stringify(proof)}\n` : formatConsistencyProof(proof));
  }
  return 0;
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new AccessError('bad-input', `“${text}” isn’t the number of a record: 1, 2, 3 and so on.`);
}

/** A verifier key as C2SP signed-note writes it, and no path that anybody would give a file. */
function isKeyLine(given: string): boolean {
  return /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,}=*$/.test(given.trim());
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AccessError('bad-input', `${path} can’t be read.`, { cause: error });
  }
}
