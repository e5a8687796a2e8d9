import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configPath, layOutSystem } from './lay-out-system.ts';
import type { StagedRelay } from './stage-relay.ts';

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Makes an RPM of a staged relay, by the same layout as the Debian package; null where there is no `rpmbuild`. */
export async function makeRpm(staged: StagedRelay, version: string, outDir: string): Promise<string | null> {
  if (spawnSync('rpmbuild', ['--version']).status !== 0) return null;
  const architecture = architectures[process.arch] ?? process.arch;
  const work = join(outDir, 'rpm-work');
  const root = join(work, 'root');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await layOutSystem(root, staged, version);
  await rm(join(root, 'usr/share/lintian'), { recursive: true });
  const units = join(root, 'usr/lib/systemd/system');
  await mkdir(units, { recursive: true });
  await rename(join(root, 'lib/systemd/system/causeway-relay.service'), join(units, 'causeway-relay.service'));
  await rm(join(root, 'lib'), { recursive: true });
  const spec = join(work, 'causeway-relay.spec');
  await writeFile(spec, specText(version, architecture, root));
  const defines = Object.entries({ _topdir: work, _rpmdir: work, _binary_payload: 'w3.zstdio' });
  const made = spawnSync(
    'rpmbuild',
    ['-bb', '--target', architecture, ...defines.flatMap(([name, value]) => ['--define', `${name} ${value}`]), spec],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`rpmbuild failed: ${made.stderr}`);
  const name = `causeway-relay-${version}-1.${architecture}.rpm`;
  const target = join(outDir, name);
  await rename(join(work, architecture, name), target);
  await rm(work, { recursive: true, force: true });
  return target;
}

/** What is in the package is copied as it is: it is built and stripped, and its dependencies are named. */
function specText(version: string, architecture: string, root: string): string {
  return `Name: causeway-relay
Version: ${version}
Release: 1
Summary: Access to internal APIs for employees, without a VPN
License: Apache-2.0
BuildArch: ${architecture}
AutoReqProv: no
Requires: glibc >= 2.28, libstdc++, libgcc, libatomic
Requires(pre): shadow-utils
%global __os_install_post %{nil}
%global debug_package %{nil}

%description
The relay of Causeway stands next to internal APIs. It authenticates employees at the company’s identity provider,
decides each request by a policy, records it, and forwards what is allowed. It brings its own Node.js.

%install
cp -a ${root}/. %{buildroot}/
install -d -m 0700 %{buildroot}/var/lib/causeway

%pre
getent passwd causeway > /dev/null || useradd --system --user-group --home-dir /var/lib/causeway --shell /sbin/nologin causeway

%post
if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
if [ "$1" = 1 ]; then echo 'Fill in ${configPath}, then: systemctl enable --now causeway-relay'; fi

%preun
if [ "$1" = 0 ] && [ -d /run/systemd/system ]; then systemctl disable --now causeway-relay.service || :; fi

%postun
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || :
  if [ "$1" = 1 ]; then systemctl try-restart causeway-relay.service || :; fi
fi

%files
%defattr(-,root,root)
/usr/bin/causeway-relay
/usr/lib/causeway-relay
/usr/lib/systemd/system/causeway-relay.service
/usr/share/causeway-relay
%doc /usr/share/doc/causeway-relay
%attr(0750,root,causeway) %dir /etc/causeway
%attr(0640,root,causeway) %config(noreplace) ${configPath}
%attr(0700,causeway,causeway) %dir /var/lib/causeway
`;
}
