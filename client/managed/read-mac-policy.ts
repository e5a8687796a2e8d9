import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PolicySource } from '../../shared/managed/managed-state.ts';
import type { PolicyDocument } from './judge-policy.ts';
import type { PolicyReader } from './policy-reader.ts';
import { administratorsOnly, readTrusted, type Trust } from './trusted-file.ts';

/** The preferences’ domain: what the app’s bundle is called. */
export const macPolicyDomain = 'io.causeway.desktop';
/** Where macOS puts what profiles set. */
const managedPreferences = '/Library/Managed Preferences';
const convertTimeoutMs = 5_000;
const maxBytes = 1_048_576;

/** Turns a property list, XML or binary, into JSON. @throws Error in words of the tool */
export type ConvertPlist = (bytes: Buffer) => Promise<string>;

/** By `plutil`, which every Mac has. */
export const plutil: ConvertPlist = async (bytes) => {
  const running = promisify(execFile)('/usr/bin/plutil', ['-convert', 'json', '-o', '-', '-'], {
    timeout: convertTimeoutMs,
    maxBuffer: maxBytes,
  });
  // One that ends before it has read all says why itself.
  running.child.stdin?.on('error', () => undefined).end(bytes);
  return (await running).stdout;
};

export interface MacPolicyOptions {
  readonly folder?: string;
  readonly trust?: Trust;
  readonly convert?: ConvertPlist;
}

/** Reads what profiles set for the person, then what they set for the computer, which is stronger. */
export function createMacPolicyReader(user: string, options: MacPolicyOptions = {}): PolicyReader {
  const { folder = managedPreferences, trust = administratorsOnly, convert = plutil } = options;
  const known = new Map<string, { readonly bytes: Buffer; readonly document: PolicyDocument }>();
  const file = `${macPolicyDomain}.plist`;

  /** Whose the file is counts at each look; it is converted again only where it isn’t what was read before. */
  async function documentsAt(source: PolicySource): Promise<readonly PolicyDocument[]> {
    const { place } = source;
    const found = readTrusted(place, trust);
    if (found.status === 'gone') return [];
    if (found.status === 'refused') return [found];
    const before = known.get(place);
    if (before?.bytes.equals(found.bytes) === true) return [before.document];
    const document = await documentOf(source, found.bytes, convert);
    // What couldn’t be converted may only have taken too long.
    if (document.status === 'read') known.set(place, { bytes: found.bytes, document });
    return [document];
  }

  return {
    read: async () => [
      ...(await documentsAt({ scope: 'user', place: join(folder, user, file) })),
      ...(await documentsAt({ scope: 'machine', place: join(folder, file) })),
    ],
  };
}

async function documentOf(source: PolicySource, bytes: Buffer, convert: ConvertPlist): Promise<PolicyDocument> {
  const { place } = source;
  const unreadable = (detail: string): PolicyDocument => ({
    status: 'refused',
    problem: { place, fault: 'unreadable', detail },
  });
  try {
    const json: unknown = JSON.parse(await convert(bytes));
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return unreadable('not a table of keys');
    return { status: 'read', source, entries: { ...json } };
  } catch (error) {
    const [said = ''] = (error as Error).message.split('\n').filter((text) => !text.startsWith('Command failed'));
    return unreadable(said || 'plutil can’t read it');
  }
}
