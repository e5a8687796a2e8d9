import type { CatalogEntry } from '../../shared/catalog.ts';
import { joinNames } from '../../ui/model/format.ts';

/** What an API allows, in two or three words. */
export function accessLevelLabel(level: CatalogEntry['level']): string {
  switch (level) {
    case 'none':
      return 'no access';
    case 'read':
      return 'read';
    case 'read-write':
      return 'read and write';
  }
}

/** Who opens a locked thing: `Unlocked by the group finance`, or whom to ask when the relay doesn't tell. */
export function unlockText(unlockedBy: readonly string[]): string {
  if (unlockedBy.length === 0) return 'The relay doesn’t say which group unlocks it';
  return `Unlocked by the ${unlockedBy.length === 1 ? 'group' : 'groups'} ${joinNames(unlockedBy, 'or')}`;
}

/** Link for an owner given as address: mail or web; null for a plain name. */
export function ownerLink(owner: string): string | null {
  if (/^https:\/\/\S+$/.test(owner)) return owner;
  return null;
}
