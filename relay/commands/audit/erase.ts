import { currentOperator, readReason } from '../../acts/operator.ts';
import { erasePerson, type ErasureResult } from '../../erasure/erase-person.ts';
import { waitsWords } from '../waits-words.ts';

/** What `relay audit erase` was asked. */
export interface EraseCommandOptions {
  readonly dataDir: string;
  /** Whether relays share sessions and grants elsewhere, which this command doesn't reach. */
  readonly isShared: boolean;
  readonly who: string;
  readonly issuer?: string | undefined;
  readonly reason: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
}

/**
 * Erases a person, and says what is left. Exit code 0; 2 when it isn't clear who is meant.
 * @throws AccessError `bad-input` when nobody is called so, the person is at work, or the reason can't be taken
 */
export async function eraseCommand(options: EraseCommandOptions): Promise<number> {
  const { dataDir, who, issuer, json, write, isShared } = options;
  const reason = readReason(options.reason);
  const result = await erasePerson({ dataDir, who, issuer, reason, operator: currentOperator() });
  if (json) write(`${JSON.stringify({ ...result, sharedNotErased: isShared })}\n`);
  else if (result.status === 'ambiguous') {
    write(`More than one person is called “${who}”. Name the subject, with --issuer:\n`);
    for (const { subject, issuer: at } of result.people) write(`  ${subject} --issuer ${at}\n`);
  } else for (const line of linesOf(result, isShared)) write(`${line}\n`);
  return result.status === 'ambiguous' ? 2 : 0;
}

function* linesOf(result: Extract<ErasureResult, { status: 'erased' }>, isShared: boolean): Generator<string> {
  const { alias, hadKey, sessions, requests, before, locks, revocationUntilMs, notOverwritten } = result;
  yield hadKey
    ? `The key is thrown away: the person is called ${alias} in this relay’s audit and reports from now on.`
    : `There is no key of this person any more. What else the relay keeps calls the person ${alias} from now on.`;
  yield `Forgotten: ${sessions} sessions. Without a name: ${requests} requests for access. Counts are as they were.`;
  if (before.count > 0)
    yield `Left: ${before.count} records that are older than audit.erasable, up to record ${before.lastSeq}. They go with audit.keep_days.`;
  if (locks.length > 0)
    yield `Left: locks in force on the person (${locks.join(', ')}). Without them the person could come in.`;
  if (revocationUntilMs !== null)
    yield `Left until ${new Date(revocationUntilMs).toISOString()}: the end of the person’s sign-ins. Say this again afterwards, with --issuer.`;
  if (isShared) yield 'Left: what relays share elsewhere, in Redis or PostgreSQL, such as sessions.';
  if (notOverwritten.length > 0)
    yield `In use, so that bytes of what was deleted may be left: ${notOverwritten.join(', ')}. Say this again, with --issuer.`;
  if (!result.isRecorded) yield waitsWords(false).trimEnd();
}
