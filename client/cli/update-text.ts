import type { ProfileSnapshot } from '../../shared/snapshot.ts';

/** That there is a newer version, and where people get it. */
export function updateText(version: string, update: NonNullable<ProfileSnapshot['update']>): string {
  const how = update.howToUpdate === undefined ? '' : ` ${update.howToUpdate}`;
  return `This is Causeway ${version}; ${update.recommendedVersion} or newer is recommended.${how}`;
}
