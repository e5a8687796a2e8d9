import { userInfo } from 'node:os';
import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';

/** Who acts on the command line, as the system says; `sudoUser` is who became that user by sudo, else null. */
export interface Operator {
  readonly user: string;
  readonly sudoUser: string | null;
}

const maxReasonLength = 1000;
const maxNameLength = 256;

/** Who runs this process. sudo names the person behind it in `SUDO_USER`. */
export function currentOperator(env: Readonly<Record<string, string | undefined>> = process.env): Operator {
  const sudoUser = shownText(env['SUDO_USER'] ?? '').slice(0, maxNameLength);
  return { user: userName(), sudoUser: sudoUser === '' ? null : sudoUser };
}

/** A user without an entry among the system's users, as in a container, has only a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** An operator in words, as records of access name whoever decided. */
export function operatorWords({ user, sudoUser }: Operator): string {
  return sudoUser === null ? `${user} (command line)` : `${sudoUser} as ${user} (command line)`;
}

/** The reason of an act as it is recorded. @throws AccessError `bad-input` when it says nothing or too much */
export function readReason(given: string): string {
  const reason = shownText(given).trim();
  if (reason === '')
    throw new AccessError('bad-input', 'The reason is empty. Say with --reason why this is done; it is recorded.');
  if (reason.length > maxReasonLength)
    throw new AccessError('bad-input', `The reason is too long: at most ${maxReasonLength} characters are recorded.`);
  return reason;
}
