import type { LookColor } from './look.ts';
import type { ProfileSnapshot } from './snapshot.ts';

/** The colour of a relay or account: the person's choice, else what the relay's config says; null for neither. */
export function profileColor({ color, catalog }: Pick<ProfileSnapshot, 'color' | 'catalog'>): LookColor | null {
  return color ?? (catalog.status === 'ready' ? catalog.catalog.look?.color : undefined) ?? null;
}
