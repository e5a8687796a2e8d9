import { shownText } from '../../shared/shown-text.ts';

const maxLength = 256;
const plain = /^[ -~]{0,256}$/;

/** `User-Agent` of a request as it is recorded: bounded, and nothing in it steers what shows it; undefined for none. */
export function userAgentOf(rawHeaders: readonly string[]): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 10 || name.toLowerCase() !== 'user-agent') continue;
    const value = rawHeaders[index + 1] ?? '';
    return plain.test(value) ? value : shownText(value.slice(0, maxLength));
  }
  return undefined;
}
