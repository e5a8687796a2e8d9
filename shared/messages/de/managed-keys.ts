import { managedKeys } from '../../managed/managed-keys.ts';
import type { ManagedTextId } from '../en/managed-keys.ts';

/** Names of managed settings: the words of `managedKeys`, which templates and docs use, too. */
export const managedKeyTexts = Object.fromEntries(
  Object.entries(managedKeys).flatMap(([key, { title, text }]) => [
    [`managed.key.${key}`, title.de],
    [`managed.key.${key}.text`, text.de],
  ]),
) as Readonly<Record<ManagedTextId, string>>;
