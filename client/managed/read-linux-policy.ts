import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from './judge-policy.ts';
import type { PolicyReader } from './policy-reader.ts';
import { administratorsOnly, readTrusted, type Trust, unsafeFolder } from './trusted-file.ts';

/** Where IT puts policies on Linux. */
export const linuxPolicyFolder = '/etc/causeway';

/** Reads `policy.json`, then the files `policy.d/*.json` by name, of which the later ones are the stronger ones. */
export function createLinuxPolicyReader(
  folder: string = linuxPolicyFolder,
  trust: Trust = administratorsOnly,
): PolicyReader {
  return {
    read: async () => {
      const more = join(folder, 'policy.d');
      const listed = filesIn(more, trust);
      return [join(folder, 'policy.json'), ...listed.paths]
        .flatMap((path) => documentAt(path, trust))
        .concat(listed.refused);
    },
  };
}

function filesIn(
  folder: string,
  trust: Trust,
): { readonly paths: readonly string[]; readonly refused: readonly PolicyDocument[] } {
  const refuse = (problem: Extract<PolicyDocument, { status: 'refused' }>['problem']) => ({
    paths: [],
    refused: [{ status: 'refused', problem }] as const,
  });
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    if (names.length === 0) return { paths: [], refused: [] };
    // Once for the folder, instead of once for each file in it.
    const unsafe = unsafeFolder(folder, trust);
    if (unsafe !== null) return refuse({ place: folder, ...unsafe });
    return { paths: names.toSorted().map((name) => join(folder, name)), refused: [] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { paths: [], refused: [] };
    return refuse({ place: folder, fault: 'unreadable', detail: message });
  }
}

function documentAt(path: string, trust: Trust): readonly PolicyDocument[] {
  const read = readTrusted(path, trust);
  if (read.status === 'gone') return [];
  if (read.status === 'refused') return [read];
  return [documentOf(path, read.bytes.toString('utf8'))];
}

/** The document in a JSON text; one that is no object of keys counts for nothing and is named. */
function documentOf(path: string, text: string): PolicyDocument {
  const unreadable = (detail: string): PolicyDocument => ({
    status: 'refused',
    problem: { place: path, fault: 'unreadable', detail },
  });
  try {
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return unreadable('not a JSON object');
    return { status: 'read', source: { scope: 'machine', place: path }, entries: entriesOf(json) };
  } catch (error) {
    return unreadable((error as Error).message.replaceAll(/\s+/g, ' '));
  }
}

/** The file’s own word for editors is none of the settings. */
function entriesOf(json: object): Readonly<Record<string, unknown>> {
  const { $schema: _editors, ...entries } = json as Record<string, unknown>;
  return entries;
}
