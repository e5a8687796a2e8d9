import type { CatalogEntry } from '../../shared/catalog.ts';
import { joinNames } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';

/** What an API allows, in two or three words. */
export function accessLevelLabel(level: CatalogEntry['level']): string {
  switch (level) {
    case 'none':
      return text('access.level.none');
    case 'read':
      return text('access.level.read');
    case 'read-write':
      return text('access.level.read-write');
  }
}

/** Who opens a locked thing: `Unlocked by the group finance`, or whom to ask when the relay doesn't tell. */
export function unlockText(unlockedBy: readonly string[]): string {
  if (unlockedBy.length === 0) return text('access.unlocked-by.unknown');
  return text('access.unlocked-by', { count: unlockedBy.length, groups: joinNames(unlockedBy, 'or') });
}

/** Link for an owner given as address: mail or web; null for a plain name. */
export function ownerLink(owner: string): string | null {
  if (/^https:\/\/\S+$/.test(owner)) return owner;
  return null;
}
