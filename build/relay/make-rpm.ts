import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeRpmPackage } from '../packages/rpm-package.ts';
import { configPath, layOutSystem } from './lay-out-system.ts';
import type { StagedRelay } from './stage-relay.ts';

/** Makes an RPM of a staged relay, by the same layout as the Debian package; null where there is no `rpmbuild`. */
export function makeRpm(staged: StagedRelay, version: string, outDir: string): Promise<string | null> {
  const layOut = async (root: string): Promise<void> => {
    await layOutSystem(root, staged, version);
    await rm(join(root, 'usr/share/lintian'), { recursive: true });
    const units = join(root, 'usr/lib/systemd/system');
    await mkdir(units, { recursive: true });
    await rename(join(root, 'lib/systemd/system/causeway-relay.service'), join(units, 'causeway-relay.service'));
    await rm(join(root, 'lib'), { recursive: true });
  };
  return makeRpmPackage(
    {
      name: 'causeway-relay',
      version,
      summary: 'Access to internal APIs for employees, without a VPN',
      description: [
        'The relay of Causeway stands next to internal APIs. It authenticates',
        'employees at the company’s identity provider, decides each request by a',
        'policy, records it, and forwards what is allowed. It brings its own Node.js.',
      ],
      requires: ['glibc >= 2.28', 'libstdc++', 'libgcc', 'libatomic'],
      preamble: ['Requires(pre): shadow-utils'],
      install: ['install -d -m 0700 %{buildroot}/var/lib/causeway'],
      scriptlets,
      files: [
        '/usr/bin/causeway-relay',
        '/usr/lib/causeway-relay',
        '/usr/lib/systemd/system/causeway-relay.service',
        '/usr/share/causeway-relay',
        '%doc /usr/share/doc/causeway-relay',
        '%attr(0750,root,causeway) %dir /etc/causeway',
        `%attr(0640,root,causeway) %config(noreplace) ${configPath}`,
        '%attr(0700,causeway,causeway) %dir /var/lib/causeway',
      ],
    },
    layOut,
    outDir,
  );
}

const scriptlets = `%pre
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
`;
