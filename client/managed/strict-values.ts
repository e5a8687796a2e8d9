import type { ManagedKey, ManagedValues } from '../../shared/managed/managed-keys.ts';
import { unusablePin } from './unusable-pin.ts';

/**
 * What holds of a key that only ever takes something away, where its value can't be used: IT meant to hold something back,
 * and how much of it nobody can tell. Keys that aren’t here hold nothing then.
 */
export const strictValues: { readonly [Key in ManagedKey]?: ManagedValues[Key] } = {
  allowedRelaysOnly: true,
  certificatePins: [unusablePin],
  otherPrograms: 'refuse',
  signOutOnLock: true,
  updates: 'off',
};
