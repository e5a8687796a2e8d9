import { shownText } from '../../shared/shown-text.ts';
import type { NewDevice } from '../../shared/snapshot.ts';

/** A sign-in on a device that the person hadn't used before: what is known of it, and what to do. */
export function newDeviceText({ id, name, system, sinceMs, address }: NewDevice): string {
  const from = address === null ? '' : `, from ${address}`;
  const facts = `New sign-in on “${name}”, ${system}, ${new Date(sinceMs).toLocaleString()}${from}.`;
  return shownText(`${facts} If that wasn’t you, run: causeway sessions end ${id}, and tell IT.`);
}
