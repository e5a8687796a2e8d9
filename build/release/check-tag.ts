/** Whether a release's tag is that of its version; a sentence where it isn't. */
export function wrongTag(tag: string | undefined, version: string): string | null {
  if (tag === `v${version}`) return null;
  return `The tag is ${tag ?? 'not there'}, the version’s is v${version}: change shared/version.ts and package.json, or the tag.`;
}
