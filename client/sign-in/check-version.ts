import { AccessError } from '../../shared/errors.ts';

function parts(version: string): number[] {
  return version.split(/[-+]/, 1)[0]?.split('.').map(Number) ?? [];
}

/** @throws AccessError `client-too-old` when `version` is below `minimum` (both `major.minor.patch`) */
export function checkVersion(version: string, minimum: string | undefined): void {
  if (minimum === undefined) return;
  const [have, need] = [parts(version), parts(minimum)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (have[index] ?? 0) - (need[index] ?? 0);
    if (difference > 0) return;
    if (difference < 0) {
      throw new AccessError('client-too-old', `This is version ${version}; the relay needs ${minimum} or newer.`);
    }
  }
}
