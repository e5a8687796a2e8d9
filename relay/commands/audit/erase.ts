import { currentOperator, readReason } from '../../acts/operator.ts';
import { erasePerson, type Erasure, type ErasureResult } from '../../erasure/erase-person.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import { waitsWords } from '../waits-words.ts';

/** What `relay audit erase` was asked. */
export interface EraseCommandOptions {
  readonly dataDir: string;
  /** The storage that relays share: then the person is erased at all of them. */
  readonly storage?: PostgresSettings | undefined;
  /** Whether relays share sessions and grants in Redis, which this command doesn't reach. */
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
  const { dataDir, storage, who, issuer, json, write, isShared } = options;
  const asked = { dataDir, who, issuer, reason: readReason(options.reason), operator: currentOperator() };
  const result = await (storage === undefined ? erasePerson(asked) : eraseShared(asked, storage));
  if (json) write(`${JSON.stringify({ ...result, sharedNotErased: isShared })}\n`);
  else if (result.status === 'ambiguous') {
    write(`More than one person is called “${who}”. Name the subject, with --issuer:\n`);
    for (const { subject, issuer: at } of result.people) write(`  ${subject} --issuer ${at}\n`);
  } else for (const line of linesOf(result, options)) write(`${line}\n`);
  return result.status === 'ambiguous' ? 2 : 0;
}

// What reads PostgreSQL is loaded only where relays share a storage.
async function eraseShared(asked: Erasure, storage: PostgresSettings): Promise<ErasureResult> {
  return (await import('../../erasure/erase-shared-person.ts')).eraseSharedPerson(asked, storage);
}

function* linesOf(
  result: Extract<ErasureResult, { status: 'erased' }>,
  { isShared, storage }: EraseCommandOptions,
): Generator<string> {
  const { alias, hadKey, sessions, requests, before, locks, revocationUntilMs, notOverwritten, waitingRelays } = result;
  const whose = storage === undefined ? 'this relay’s audit' : 'the audit of all relays';
  yield hadKey
    ? `The key is thrown away: the person is called ${alias} in ${whose} and reports from now on.`
    : `There is no key of this person any more. What else the relay keeps calls the person ${alias} from now on.`;
  yield `Forgotten: ${sessions} sessions. Without a name: ${requests} requests for access. Counts are as they were.`;
  if (before.count > 0)
    yield `Left: ${before.count} records that are older than audit.erasable, up to record ${before.lastSeq}. They go with audit.keep_days.`;
  if (locks.length > 0)
    yield `Left: locks in force on the person (${locks.join(', ')}). Without them the person could come in.`;
  if (revocationUntilMs !== null)
    yield `Left until ${new Date(revocationUntilMs).toISOString()}: the end of the person’s sign-ins. Say this again afterwards, with --issuer.`;
  if (isShared) yield 'Left: what relays share elsewhere, in Redis, such as sessions.';
  if (waitingRelays.length > 0)
    yield `Left until they run: what the folders of ${waitingRelays.join(', ')} have of the person. The name stays in “storage” until then.`;
  if (notOverwritten.length > 0)
    yield `In use, so that bytes of what was deleted may be left: ${notOverwritten.join(', ')}. Say this again, with --issuer.`;
  if (!result.isRecorded) yield waitsWords(false).trimEnd();
}
