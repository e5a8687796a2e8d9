import { AccessError } from '../../shared/errors.ts';
import { currentOperator } from '../acts/operator.ts';
import { type RevokedOutcome, type RevokedPerson, revokePerson } from '../administration/revoke-person.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { AtRelay, RunningRelay } from './running-relay.ts';
import { outcomeOfAnswer, waitsWords } from './waits-words.ts';

export type RevokeCommandOptions = (StatePlace | AtRelay) & {
  /** User name or subject. */
  readonly who: string;
  /** With an issuer `who` is a subject, and nobody has to have been here. */
  readonly issuer?: string | undefined;
  /** Why; it is recorded with who did it. */
  readonly reason: string;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
  readonly now?: () => number;
};

/**
 * Ends all sign-ins of a person. Exit code 0; 2 when it isn't clear who is meant or why; 1 when Redis, or the storage,
 * can't be reached.
 */
export async function revokeCommand(options: RevokeCommandOptions): Promise<number> {
  const { who, issuer, reason, write, warn = write, now = Date.now } = options;
  const nowMs = now();
  const isStored = 'relay' in options ? options.relay.stateIn === 'storage' : options.storage !== undefined;
  const unavailable = ({ message }: Error): number => {
    const outcome = !isStored
      ? 'A relay that runs on this data folder refuses the person, and tells the others once it can.'
      : 'Do it again once the storage is back.';
    warn(`${message} ${outcome}\n`);
    return 1;
  };
  try {
    const outcome =
      'relay' in options
        ? await revokeAtRelay(options.relay, { who, issuer, reason })
        : await revokePerson(options, { who, issuer, operator: currentOperator(), reason }, nowMs);
    switch (outcome.status) {
      case 'nobody': {
        const where = isStored ? 'among the sessions of these relays' : 'in this relay’s audit';
        warn(`Nobody called “${who}” is ${where}. Name the subject, with --issuer.\n`);
        return 2;
      }
      case 'several':
        warn(`More than one person is called “${who}”. Name the subject, with --issuer:\n`);
        for (const { issuer: at, subject } of outcome.people) warn(`  ${subject} --issuer ${at}\n`);
        return 2;
      case 'revoked': {
        const { person, isRecorded, untold } = outcome;
        if (untold !== null) return unavailable(untold);
        write(
          `${person.username} (${person.subject} at ${person.issuer}) is signed out: tokens from before ` +
            `${new Date(nowMs).toISOString()} are refused. A new sign-in is the sign-in service’s decision.\n`,
        );
        if (!isRecorded) write(waitsWords(isStored));
        return 0;
      }
    }
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    if (error.code === 'shared-state-unavailable') return unavailable(error);
    warn(`${error.message}\n`);
    return 2;
  }
}

async function revokeAtRelay(
  relay: RunningRelay,
  asked: { readonly who: string; readonly issuer: string | undefined; readonly reason: string },
): Promise<RevokedOutcome> {
  const answer = await relay.post('/admin/v1/people/revoke', asked);
  const { person } = answer as { readonly person: RevokedPerson };
  return { status: 'revoked', person, ...outcomeOfAnswer(answer) };
}
