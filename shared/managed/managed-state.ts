import type { ManagedKey, ManagedValues } from './managed-keys.ts';

/** Who has set a value: for everybody on this computer, or for this person; and where it stands. */
export interface PolicySource {
  readonly scope: 'machine' | 'user';
  /** A file, or a key of the registry. */
  readonly place: string;
}

/** Why a file, or a folder above it, can't be trusted to be IT's. */
export type UnsafeReason = 'link' | 'owner' | 'writable' | 'not-a-file' | 'too-large';

/**
 * Something in a policy that is left out of account; all else in it holds. `holds` says what counts in its place: what stood
 * there before, or the strictest value that the key has.
 */
export type PolicyProblem = { readonly place: string; readonly holds?: 'earlier' | 'strictest' } & (
  | {
      readonly fault: 'value';
      readonly key: ManagedKey;
      /** The key, or a part of it such as `ports.orders`. */
      readonly at: string;
    }
  | { readonly fault: 'unknown-key'; readonly key: string; readonly nearest: ManagedKey | null }
  | { readonly fault: 'unreadable'; readonly detail: string }
  /** `path` is `place`, or the folder above it that is at fault. */
  | { readonly fault: 'unsafe'; readonly path: string; readonly reason: UnsafeReason }
);

/** One managed value and who has set it. */
export interface ManagedSetting<Value> {
  readonly value: Value;
  readonly source: PolicySource;
}

/** What IT has set from outside, as it holds now, and what of it can't. */
export interface ManagedState {
  readonly values: { readonly [Key in ManagedKey]?: ManagedSetting<ManagedValues[Key]> };
  readonly problems: readonly PolicyProblem[];
}

/** Where nobody manages anything. */
export const nothingManaged: ManagedState = { values: {}, problems: [] };

/** The value that IT has set, or undefined. */
export function managedValue<Key extends ManagedKey>(
  { values }: ManagedState,
  key: Key,
): ManagedValues[Key] | undefined {
  return values[key]?.value;
}
