import { Unusable } from './named-source.ts';

/** A value with what its placeholders name in their places, without the line end that files close with. @throws Unusable */
export async function fillIn(value: string, read: (name: string) => Promise<string>): Promise<string> {
  const parts = value.split(/(\$\{[^}]*\})/);
  let filled = '';
  for (const [index, part] of parts.entries()) {
    filled += index % 2 === 0 ? part : (await read(part)).replace(/\r?\n$/, '');
  }
  // oxlint-disable-next-line no-control-regex -- a header value is judged by its control characters (RFC 9110 §5.5)
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(filled))
    throw new Unusable('has a line break or another control character in its value.');
  return filled;
}
