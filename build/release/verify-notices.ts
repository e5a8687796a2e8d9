import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The list of what is inside and the licences are made of the same libraries: one that stands in only one of them is
 * missing in the other.
 */
export async function wrongNotices(folder: string): Promise<readonly string[]> {
  const read = (name: string): Promise<string | null> => readFile(join(folder, name), 'utf8').catch(() => null);
  const [list, licences] = [await read('sbom.cdx.json'), await read('third-party-licenses.txt')];
  if (list === null) return ['There is no list of what is inside (sbom.cdx.json).'];
  if (licences === null) return ['There are no licences (third-party-licenses.txt).'];
  const { components = [] } = JSON.parse(list) as {
    readonly components?: readonly { readonly group?: string; readonly name: string; readonly version: string }[];
  };
  const listed = new Set(
    components.map(({ group, name, version }) => `${group === undefined ? name : `${group}/${name}`} ${version}`),
  );
  const licensed = new Set([...licences.matchAll(/^-{100}\n(\S+ \S+) \(.+\)\n-{100}$/gm)].map(([, name = '']) => name));
  return [
    ...(listed.size === 0 ? ['The list of what is inside (sbom.cdx.json) is empty.'] : []),
    ...[...listed].filter((name) => !licensed.has(name)).map((name) => `The licence of ${name} is missing.`),
    ...[...licensed].filter((name) => !listed.has(name)).map((name) => `${name} is missing in sbom.cdx.json.`),
  ];
}
