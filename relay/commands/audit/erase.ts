import { currentOperator, readReason } from '../../acts/operator.ts';
import type { ErasureResult } from '../../erasure/erase-person.ts';
import { eraseWherever } from '../../erasure/erase-wherever.ts';
import type { PostgresSettings } from '../../storage/postgres/postgres-settings.ts';
import type { AtRelay } from '../running-relay.ts';
import { waitsWords } from '../waits-words.ts';

/** Where keys of people are, when no relay runs that can be asked. */
export interface ErasePlace {
  readonly dataDir: string;
  /** The storage that relays share: then the person is erased at all of them. */
  readonly storage?: PostgresSettings | undefined;
  /** Whether relays share sessions and grants in Redis, which this command doesn't reach. */
  readonly isShared: boolean;
}

/** What `relay audit erase` was asked. */
export type EraseCommandOptions = (ErasePlace | AtRelay) & {
  readonly who: string;
  readonly issuer?: string | undefined;
  readonly reason: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
};

/** What became of it, and where. */
type Erased = Extract<ErasureResult, { status: 'erased' }> & {
  readonly sharedNotErased: boolean;
  readonly isStored: boolean;
};

/**
 * Erases a person, and says what is left. Exit code 0; 2 when it isn't clear who is meant.
 * @throws AccessError `bad-input` when nobody is called so, the person is at work, or the reason can't be taken
 */
export async function eraseCommand(options: EraseCommandOptions): Promise<number> {
  const { who, json, write } = options;
  const reason = readReason(options.reason);
  const result = await ('relay' in options ? atRelay(options, reason) : inPlace(options, reason));
  if (result.status === 'ambiguous') {
    if (json) write(`${JSON.stringify(result)}\n`);
    else {
      write(`More than one person is called “${who}”. Name the subject, with --issuer:\n`);
      for (const { subject, issuer: at } of result.people) write(`  ${subject} --issuer ${at}\n`);
    }
    return 2;
  }
  const { isStored: _isStored, ...told } = result;
  if (json) write(`${JSON.stringify(told)}\n`);
  else for (const line of linesOf(result)) write(`${line}\n`);
  return 0;
}

type Result = Extract<ErasureResult, { status: 'ambiguous' }> | Erased;

async function inPlace(
  { dataDir, storage, isShared, who, issuer }: ErasePlace & Pick<EraseCommandOptions, 'who' | 'issuer'>,
  reason: string,
): Promise<Result> {
  const result = await eraseWherever({ dataDir, who, issuer, reason, operator: currentOperator() }, storage);
  return result.status === 'ambiguous'
    ? result
    : { ...result, sharedNotErased: isShared, isStored: storage !== undefined };
}

async function atRelay(
  { relay, who, issuer }: AtRelay & Pick<EraseCommandOptions, 'who' | 'issuer'>,
  reason: string,
): Promise<Result> {
  const answer = await relay.post('/admin/v1/people/erase', { who, issuer, reason });
  const { recorded, ...erased } = answer as Omit<Erased, 'status' | 'isRecorded' | 'isStored'> & {
    readonly recorded: boolean;
  };
  return { status: 'erased', ...erased, isRecorded: recorded, isStored: relay.stateIn === 'storage' };
}

function* linesOf(result: Erased): Generator<string> {
  const { alias, hadKey, sessions, requests, before, locks, revocationUntilMs, notOverwritten, waitingRelays } = result;
  const whose = result.isStored ? 'the audit of all relays' : 'this relay’s audit';
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
  if (result.sharedNotErased) yield 'Left: what relays share elsewhere, in Redis, such as sessions.';
  if (waitingRelays.length > 0)
    yield `Left until they run: what the folders of ${waitingRelays.join(', ')} have of the person. The name stays in “storage” until then.`;
  if (notOverwritten.length > 0)
    yield `In use, so that bytes of what was deleted may be left: ${notOverwritten.join(', ')}. A relay that runs tries again, within ten minutes.`;
  if (!result.isRecorded) yield waitsWords(false).trimEnd();
}
