import { currentOperator } from '../acts/operator.ts';
import { replaceSigningKeys } from '../administration/replace-identity-keys.ts';
import type { StatePlace } from '../administration/state-place.ts';
import { waitsWords } from './waits-words.ts';

export interface KeysCommandOptions extends StatePlace {
  /** Why; it is recorded with who did it. */
  readonly reason: string;
  readonly write: (text: string) => void;
}

/** Replaces the keys that sign identities for APIs. Exit code 0. @throws AccessError `bad-input` without a reason */
export async function keysCommand({ reason, write, ...place }: KeysCommandOptions): Promise<number> {
  const { kid, isRecorded } = await replaceSigningKeys(place, { operator: currentOperator(), reason }, Date.now());
  write(
    `Identities for APIs are signed with the key ${kid} within seconds, and no other is published. ` +
      'APIs that keep the relay’s JWKS fetch it again for a key that they don’t know.\n',
  );
  if (!isRecorded) write(waitsWords(place.storage !== undefined));
  return 0;
}
