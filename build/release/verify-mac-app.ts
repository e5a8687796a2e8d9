import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { macProcessors, slicesOf } from '../packages/mach-o.ts';
import { wrongFuses } from './verify-fuses.ts';

const framework = 'Contents/Frameworks/Electron Framework.framework/Electron Framework';
const archiveKey = 'Resources/app.asar';

/** Where Electron’s program has a hash of what `Info.plist` says of its archives: used or not, version, SHA-256. */
export const digestSentinel = 'AGbevlPCksUGKNL8TSn7wGmJEuJsXb2A';

/**
 * Looks at what macOS’ own file of an app says, its version and the hash by which Electron knows the archive’s header, and at the
 * program: for each kind of Mac it has fuses, and a hash of what that file says.
 */
export async function wrongOnMac(app: string, version: string, headerHash: string): Promise<readonly string[]> {
  const list = await readFile(join(app, 'Contents/Info.plist'), 'utf8').catch(() => '');
  const said = /<key>CFBundleShortVersionString<\/key>\s*<string>([^<]*)</.exec(list)?.[1] ?? 'nothing';
  const hash = /<key>Resources\/app\.asar<\/key>\s*<dict>.*?<key>hash<\/key>\s*<string>([^<]*)</s.exec(list)?.[1];
  const program = await readFile(join(app, framework)).catch(() => Buffer.alloc(0));
  const slices = slicesOf(program);
  const missing = macProcessors.filter((one) => !slices.some(({ processor }) => processor === one));
  return [
    ...(said === version ? [] : [`Info.plist says version ${said}, not ${version}.`]),
    ...(hash === headerHash ? [] : ['Info.plist doesn’t have the hash of the archive’s header.']),
    ...missing.map((processor) => `The app isn’t for Macs with ${processor}.`),
    ...slices.flatMap(({ processor, bytes }) => {
      const where = ` for ${processor ?? 'another processor'}`;
      return [...wrongFuses(bytes, where), ...wrongDigest(bytes, archiveDigest(hash ?? ''), where)];
    }),
  ];
}

/** The hash over what `Info.plist` says of the one archive (Electron’s shell/common/asar/integrity_digest.mm). */
export function archiveDigest(headerHash: string): Buffer {
  return createHash('sha256').update(archiveKey).update('SHA256').update(headerHash).digest();
}

/** Older runtimes have no place for it; where there is one, an empty one would let any `Info.plist` count. */
function wrongDigest(program: Buffer, digest: Buffer, where: string): readonly string[] {
  const problems = new Set<string>();
  for (let at = program.indexOf(digestSentinel, 0, 'latin1'); at >= 0;) {
    const slot = program.subarray(at + digestSentinel.length, at + digestSentinel.length + 34);
    if (slot[0] !== 1) problems.add(`The program doesn’t know what Info.plist has to say${where}.`);
    else if (slot[1] !== 1 || !slot.subarray(2).equals(digest))
      problems.add(`The program expects something else of Info.plist${where}.`);
    at = program.indexOf(digestSentinel, at + 1, 'latin1');
  }
  return [...problems];
}
