import { AccessError } from '../../shared/errors.ts';
import type { ActOutcome } from '../administration/state-place.ts';

/** What became of an act, as a running relay answers. */
export function outcomeOfAnswer(answer: unknown): ActOutcome {
  const { recorded, untold = null } = answer as { readonly recorded: boolean; readonly untold?: string | null };
  return { isRecorded: recorded, untold: untold === null ? null : new AccessError('shared-state-unavailable', untold) };
}

/** Says that an act is in force, and kept for whoever can write the audit again. */
export function waitsWords(isStored: boolean): string {
  const where = isStored ? 'the storage until a relay can' : 'the data folder until the relay can';
  return `It is in force. Its record waits in ${where} write the audit.\n`;
}
