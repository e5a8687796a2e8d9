import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { statSync } from 'node:fs';
import type { PolicySource } from '../../shared/managed/managed-state.ts';
import type { PolicyDocument } from './judge-policy.ts';
import type { PolicyReader } from './policy-reader.ts';
import { administratorsOnly, type Trust, unsafeFolder } from './trusted-file.ts';

/** The preferences’ domain: what the app’s bundle is called. */
export const macPolicyDomain = 'io.causeway.desktop';
/** Where macOS puts what profiles set. */
const managedPreferences = '/Library/Managed Preferences';
const convertTimeoutMs = 5_000;
const maxBytes = 1_048_576;

/** Turns a property list, XML or binary, into JSON. @throws Error in words of the tool */
export type ConvertPlist = (path: string) => Promise<string>;

/** By `plutil`, which every Mac has. */
export const plutil: ConvertPlist = async (path) => {
  const { stdout } = await promisify(execFile)('/usr/bin/plutil', ['-convert', 'json', '-o', '-', '--', path], {
    timeout: convertTimeoutMs,
    maxBuffer: maxBytes,
  });
  return stdout;
};

export interface MacPolicyOptions {
  readonly folder?: string;
  readonly trust?: Trust;
  readonly convert?: ConvertPlist;
}

/** Reads what profiles set for the person, then what they set for the computer, which is stronger. */
export function createMacPolicyReader(user: string, options: MacPolicyOptions = {}): PolicyReader {
  const { folder = managedPreferences, trust = administratorsOnly, convert = plutil } = options;
  const known = new Map<string, { readonly look: string; readonly document: PolicyDocument }>();
  const file = `${macPolicyDomain}.plist`;

  /** Converted again only where the file is another one than before. */
  async function documentsAt(source: PolicySource): Promise<readonly PolicyDocument[]> {
    const { place } = source;
    const look = lookOf(place);
    if (look === null) return [];
    const before = known.get(place);
    if (before?.look === look) return [before.document];
    const document = await readPlist(source, trust, convert);
    known.set(place, { look, document });
    return [document];
  }

  return {
    read: async () => [
      ...(await documentsAt({ scope: 'user', place: join(folder, user, file) })),
      ...(await documentsAt({ scope: 'machine', place: join(folder, file) })),
    ],
  };
}

/** What changes with each writing of a file; null where there is none. */
function lookOf(path: string): string | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stats === undefined ? null : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
  } catch (error) {
    // Reading it says what is wrong, in words.
    return (error as Error).message;
  }
}

async function readPlist(source: PolicySource, trust: Trust, convert: ConvertPlist): Promise<PolicyDocument> {
  const { place } = source;
  const unreadable = (detail: string): PolicyDocument => ({
    status: 'refused',
    problem: { place, fault: 'unreadable', detail },
  });
  try {
    const unsafe = unsafeFolder(join(place, '..'), trust);
    if (unsafe !== null) return { status: 'refused', problem: { place, ...unsafe } };
    const json: unknown = JSON.parse(await convert(place));
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return unreadable('not a table of keys');
    return { status: 'read', source, entries: { ...json } };
  } catch (error) {
    const [said = ''] = (error as Error).message.split('\n').filter((text) => !text.startsWith('Command failed'));
    return unreadable(said || 'plutil can’t read it');
  }
}
