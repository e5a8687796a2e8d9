import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Library } from './third-party.ts';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));

/** A part as CycloneDX describes it; members that are only passed on aren't named. */
interface Component {
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly 'bom-ref': string;
  readonly purl?: string;
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
  readonly properties?: unknown;
}
interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}
interface Document {
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

/** What the lock file names, once for a process: every program takes its own parts from it. */
let installed: Promise<Document> | undefined;

async function listInstalled(): Promise<Document> {
  const script = join(project, 'node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js');
  const words = ['--package-lock-only', '--flatten-components', '--short-PURLs', '--output-reproducible'];
  // Vite leaves its own `NODE_ENV` in the process that has built something; in production, what bundles are made of would be left out.
  const env = { ...process.env, NODE_ENV: 'development' };
  const options = { cwd: project, env, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run(process.execPath, [script, ...words, '--spec-version', '1.6'], options);
  return JSON.parse(stdout) as Document;
}

/**
 * What a program consists of, for other programs: the parts of a CycloneDX 1.6 document, by `cyclonedx-npm`, that its bundle
 * holds, with the licences that are passed on. The same sources give the same text.
 * @throws Error when the lock file doesn't name a library
 */
export async function billOfMaterials(name: string, version: string, libraries: readonly Library[]): Promise<string> {
  installed ??= listInstalled();
  const { components, dependencies } = await installed;
  const found = new Map(components.map((component) => [keyOf(component), component]));
  const parts = libraries.map((library) => {
    const component = found.get(`${library.name}@${library.version}`);
    if (component === undefined) throw new Error(`The lock file doesn’t name ${library.name} ${library.version}.`);
    return { component, library };
  });
  // Several places of one version are one part of a program.
  const refs = new Map(components.map((component) => [component['bom-ref'], refOf(component)]));
  const held = new Set(parts.map(({ component }) => refOf(component)));
  const needs = new Map<string, Set<string>>();
  for (const { ref, dependsOn = [] } of dependencies) {
    const from = refs.get(ref);
    if (from === undefined || !held.has(from)) continue;
    const known = needs.get(from) ?? new Set();
    for (const each of dependsOn) {
      const to = refs.get(each);
      if (to !== undefined && held.has(to)) known.add(to);
    }
    needs.set(from, known);
  }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': name, name, version } },
    components: parts.map(({ component, library }) => describe(component, library)),
    dependencies: [
      { ref: name, dependsOn: [...held] },
      ...[...needs].map(([ref, on]) => ({ ref, dependsOn: [...on].toSorted() })),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function keyOf({ group, name, version }: Component): string {
  return `${group === undefined ? name : `${group}/${name}`}@${version}`;
}

function refOf(component: Component): string {
  return `pkg:npm/${keyOf(component).replace('@', component.group === undefined ? '@' : '%40')}`;
}

/** Without where it was downloaded and where it lay on the machine that built it: that isn’t the same for everybody. */
function describe(component: Component, { license }: Library) {
  const { externalReferences = [], properties: _properties, ...rest } = component;
  const pages = externalReferences.filter(({ type }) => type !== 'distribution');
  return {
    ...rest,
    'bom-ref': refOf(component),
    purl: refOf(component),
    licenses: [{ expression: license }],
    ...(pages.length === 0 ? {} : { externalReferences: pages }),
  };
}
