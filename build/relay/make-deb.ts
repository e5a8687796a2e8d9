import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDebianPackage } from '../packages/debian-package.ts';
import { configPath, layOutSystem } from './lay-out-system.ts';
import type { StagedRelay } from './stage-relay.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Makes a Debian package of a staged relay; the answer is its path. */
export async function makeDeb(staged: StagedRelay, version: string, outDir: string): Promise<string> {
  const root = join(outDir, 'deb-root');
  await rm(root, { recursive: true, force: true });
  await layOutSystem(root, staged, version);
  const script = (name: string): Promise<string> => readFile(join(here, 'debian', name), 'utf8');
  return makeDebianPackage(
    {
      name: 'causeway-relay',
      version,
      section: 'net',
      depends: ['adduser', 'libatomic1', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6'],
      synopsis: 'access to internal APIs for employees, without a VPN',
      description: [
        'The relay of Causeway stands next to internal APIs. It authenticates',
        'employees at the company’s identity provider, decides each request by a',
        'policy, records it, and forwards what is allowed. It brings its own Node.js.',
      ],
      conffiles: [configPath],
      scripts: {
        postinst: await script('postinst'),
        prerm: await script('prerm'),
        postrm: await script('postrm'),
      },
    },
    root,
    outDir,
  );
}
