import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A library of the bundle, as its package says. */
export interface Library {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** What its licence asks to be passed on: the texts that its package holds. */
  readonly texts: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
  readonly author?: string | { readonly name?: string };
}

const licenceFile = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

const mitText = `Copyright (c) AUTHORS

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** The packages that sources are of, once each, by name. */
export function librariesOf(sources: readonly string[]): readonly Library[] {
  const folders = new Set(sources.flatMap((source) => packageFolder(source) ?? []));
  const found = [...folders].map(readLibrary);
  const byName = new Map(found.map((library) => [`${library.name}@${library.version}`, library]));
  return [...byName.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The nearest folder with a manifest that has a name and a version: some packages have others that only say the kind. */
function packageFolder(source: string): string | undefined {
  if (!source.includes('/node_modules/')) return undefined;
  for (let folder = dirname(source); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const { name, version } = readManifest(folder);
    if (name !== undefined && version !== undefined) return folder;
  }
  throw new Error(`${source} is of no package.`);
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function readLibrary(folder: string): Library {
  const manifest = readManifest(folder);
  const { name = '', version = '', license, licenses } = manifest;
  const kinds = [license, ...(licenses ?? [])].map((each) => (typeof each === 'object' ? each.type : each));
  const said = [...new Set(kinds.filter((each) => each !== undefined))].join(' OR ');
  if (said === '') throw new Error(`The package ${name} names no licence.`);
  const texts = readdirSync(folder)
    .filter((file) => licenceFile.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const author = typeof manifest.author === 'object' ? manifest.author.name : manifest.author;
  const by = author === undefined || author === '' ? `the authors of ${name}` : author;
  return { name, version, license: said, texts: texts.length > 0 ? texts : [textOf(said, by)] };
}

/** The text of a licence that a package names without holding it. */
function textOf(license: string, by: string): string {
  if (license === 'MIT') return mitText.replace('AUTHORS', by);
  throw new Error(`A package by ${by} holds no text of its licence, ${license}.`);
}

/** The text that goes along with a program: every library with what its licence asks to be passed on. */
export function thirdPartyText(program: string, libraries: readonly Library[]): string {
  const rule = '-'.repeat(100);
  const parts = libraries.map(
    ({ name, version, license, texts }) =>
      `${rule}\n${name} ${version} (${license})\n${rule}\n\n${texts.join('\n\n')}\n`,
  );
  return `${program} holds the libraries below, under their own licences.\n\n${parts.join('\n')}`;
}
