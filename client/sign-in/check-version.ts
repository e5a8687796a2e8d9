import { coerce, lt } from 'semver';
import type { DiscoveryDocument } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';

type Wanted = Pick<DiscoveryDocument, 'minimumClientVersion' | 'howToUpdate'>;

/** @throws AccessError `client-too-old` when the relay works only with newer versions than this one */
export function checkVersion(version: string, { minimumClientVersion: minimum, howToUpdate }: Wanted): void {
  if (minimum === undefined || !isOlder(version, minimum)) return;
  const how = howToUpdate === undefined ? '' : ` ${howToUpdate}`;
  throw new AccessError('client-too-old', `${text('failure.too-old', { version, minimum })}${how}`);
}

/** Whether a version comes before another (semver.org §11); false where one of them can't be read. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((written) => coerce(written, { includePrerelease: true }));
  return one !== null && one !== undefined && other !== null && other !== undefined && lt(one, other);
}
