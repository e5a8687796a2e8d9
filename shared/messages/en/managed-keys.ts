import { type ManagedKey, managedKeys } from '../../managed/managed-keys.ts';

/** Ids of what a managed setting is called and what it does. */
export type ManagedTextId = `managed.key.${ManagedKey}` | `managed.key.${ManagedKey}.text`;

/** Names of managed settings: the words of `managedKeys`, which templates and docs use, too. */
export const managedKeyTexts = Object.fromEntries(
  Object.entries(managedKeys).flatMap(([key, { title, text }]) => [
    [`managed.key.${key}`, title.en],
    [`managed.key.${key}.text`, text.en],
  ]),
) as Readonly<Record<ManagedTextId, string>>;
