import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** What an RPM says of itself. */
export interface RpmPackage {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  /** Lines of less than 80 characters. */
  readonly description: readonly string[];
  readonly requires: readonly string[];
  /** Further lines of the preamble. */
  readonly preamble?: readonly string[];
  /** Further commands of `%install`, after all of the root is copied. */
  readonly install?: readonly string[];
  /** Sections such as `%post`, whole. */
  readonly scriptlets?: string;
  /** Lines of `%files` below `%defattr(-,root,root)`. */
  readonly files: readonly string[];
}

/** Whether RPMs can be made here. */
export function canMakeRpm(): boolean {
  return spawnSync('rpmbuild', ['--version']).status === 0;
}

/**
 * Makes an RPM of what `layOut` puts below the folder that it is given. It is copied as it is: it is built and stripped,
 * and its dependencies are named.
 * @returns its path; null where there is no `rpmbuild`
 */
export async function makeRpmPackage(
  about: RpmPackage,
  layOut: (root: string) => Promise<void>,
  outDir: string,
): Promise<string | null> {
  if (!canMakeRpm()) return null;
  const architecture = architectures[process.arch] ?? process.arch;
  const work = join(outDir, `rpm-work-${about.name}`);
  const root = join(work, 'root');
  await rm(work, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  await layOut(root);
  const spec = join(work, `${about.name}.spec`);
  await writeFile(spec, specText(about, architecture, root));
  const defines = Object.entries({ _topdir: work, _rpmdir: work, _binary_payload: 'w3.zstdio' });
  const made = spawnSync(
    'rpmbuild',
    ['-bb', '--target', architecture, ...defines.flatMap(([name, value]) => ['--define', `${name} ${value}`]), spec],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`rpmbuild failed: ${made.stderr}`);
  const name = `${about.name}-${about.version}-1.${architecture}.rpm`;
  const target = join(outDir, name);
  await rename(join(work, architecture, name), target);
  await rm(work, { recursive: true, force: true });
  return target;
}

function specText(about: RpmPackage, architecture: string, root: string): string {
  return `Name: ${about.name}
Version: ${about.version}
Release: 1
Summary: ${about.summary}
License: Apache-2.0
Group: Applications/Internet
URL: https://causeway.example/
Packager: The Causeway developers <developers@causeway.example>
BuildArch: ${architecture}
AutoReqProv: no
Requires: ${about.requires.join(', ')}
${(about.preamble ?? []).map((line) => `${line}\n`).join('')}%global __os_install_post %{nil}
%global debug_package %{nil}

%description
${about.description.join('\n')}

%install
cp -a ${root}/. %{buildroot}/
${(about.install ?? []).map((line) => `${line}\n`).join('')}
${about.scriptlets ?? ''}
%files
%defattr(-,root,root)
${about.files.join('\n')}

%changelog
* ${rpmDay()} The Causeway developers <developers@causeway.example> - ${about.version}-1
- See NEWS.gz beside the licences.
`;
}

/** Today, as changelogs of RPMs write it. */
function rpmDay(): string {
  const [weekday, day, month, year] = new Date().toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${year}`;
}
