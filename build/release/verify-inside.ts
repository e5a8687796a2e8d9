import { spawnSync } from 'node:child_process';
import { openSync, closeSync, readdirSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { verifyApp } from './verify-app.ts';
import { wrongNotices } from './verify-notices.ts';
import type { SignatureFindings } from './verify-signatures.ts';

/** How a kind of package is opened, and what it says of itself. */
interface Kind {
  readonly named: RegExp;
  /** Programs that it takes. */
  readonly tools: readonly string[];
  /** Whether the app can be seen in it, where a file that can be opened may be anything. */
  readonly holdsApp?: (path: string) => boolean;
  /** Command that writes what its version stands in; null where only what is inside says it. */
  readonly version: ((path: string) => readonly string[]) | null;
  /** Its version in what the command wrote; all of that, unless told otherwise. */
  readonly versionIn?: (words: string) => string;
  readonly unpack: (path: string, root: string) => readonly string[];
  /** Name of the package in a file’s. */
  readonly nameIn: (file: string) => string;
}

const kinds: readonly Kind[] = [
  {
    named: /\.deb$/,
    tools: ['dpkg-deb'],
    version: (path) => ['dpkg-deb', '--field', path, 'Version'],
    unpack: (path, root) => ['dpkg-deb', '--extract', path, root],
    nameIn: (file) => file.split('_', 1)[0] ?? '',
  },
  {
    named: /\.rpm$/,
    tools: ['rpm', 'rpm2cpio', 'cpio'],
    version: (path) => ['rpm', '--query', '--package', '--nosignature', '--queryformat', '%{VERSION}', path],
    unpack: (path, root) => ['sh', '-c', 'rpm2cpio "$1" | (cd "$2" && cpio -idm --quiet)', 'sh', path, root],
    nameIn: (file) => /^(.+?)-\d/.exec(file)?.[1] ?? '',
  },
  {
    named: /\.AppImage$/,
    tools: ['unsquashfs'],
    version: null,
    unpack: (path, root) => {
      const quietly = ['-quiet', '-no-progress', '-no-xattrs', '-force'];
      return ['unsquashfs', ...quietly, '-offset', String(fileSystemAt(path)), '-dest', root, path];
    },
    nameIn: () => 'app-image',
  },
  {
    // NSIS, with the app packed once more inside.
    named: /\.exe$/,
    tools: ['7z'],
    holdsApp: (path) => /PLUGINSDIR.app-\w+\.7z/.test(run(['7z', 'l', path]).words),
    version: null,
    unpack: (path, root) => [
      'sh',
      '-c',
      `7z e -y -o"$2" "$1" '$PLUGINSDIR/app-*.7z' > /dev/null && 7z x -y -o"$2/app" "$2"/app-*.7z > /dev/null`,
      'sh',
      path,
      root,
    ],
    nameIn: () => 'windows-app',
  },
  {
    named: /\.msi$/,
    tools: ['msiextract', 'msiinfo'],
    version: (path) => ['msiinfo', 'export', path, 'Property'],
    versionIn: (words) => /^ProductVersion\t(.*)\.0\r*$/m.exec(words)?.[1] ?? '',
    unpack: (path, root) => ['msiextract', '--directory', root, path],
    nameIn: () => 'windows-msi',
  },
  {
    named: /^causeway-\d.*-mac-.*\.zip$/,
    tools: ['unzip'],
    version: null,
    unpack: (path, root) => ['unzip', '-q', path, '-d', root],
    nameIn: () => 'mac-app',
  },
  {
    // Beside the app stands a link to the folder of all apps, which leads out of where it is unpacked: the app alone is taken.
    named: /\.dmg$/,
    tools: ['7z'],
    version: null,
    unpack: (path, root) => ['7z', 'x', '-y', '-bd', `-o${root}`, path, 'Causeway.app', '*/Causeway.app'],
    nameIn: () => 'mac-app',
  },
];

/** Looks inside a package that can be opened here: version, archive, fuses, licences and the list of what is inside. */
export async function verifyInside(path: string, version: string): Promise<SignatureFindings> {
  const file = basename(path);
  const kind = kinds.find(({ named }) => named.test(file));
  if (kind === undefined) return { problems: [], notLookedAt: [] };
  const missing = kind.tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length > 0) return { problems: [], notLookedAt: [`${file}: it takes ${missing.join(', ')} to open it.`] };
  if (kind.holdsApp?.(path) === false) return { problems: [`${file}: No app was found inside.`], notLookedAt: [] };
  const problems = await wrongInside(path, version, kind);
  return { problems: problems.map((problem) => `${file}: ${problem}`), notLookedAt: [] };
}

async function wrongInside(path: string, version: string, kind: Kind): Promise<readonly string[]> {
  const problems: string[] = [];
  if (kind.version !== null) {
    const { status, words } = run(kind.version(path));
    const said = status === 0 ? (kind.versionIn?.(words) ?? words) : '';
    // Of a file that is cut short or of another kind, nothing else can be said.
    if (said === '') return [`It can’t be read (${kind.tools[0]}): it is damaged, or of another kind.`];
    if (said !== version) problems.push(`It says version ${said}, not ${version}.`);
  }
  const root = await mkdtemp(join(tmpdir(), 'causeway-release-'));
  try {
    const unpacked = run(kind.unpack(path, root));
    if (unpacked.status !== 0) return [...problems, `It can’t be unpacked: it is damaged, or of another kind.`];
    return [...problems, ...(await wrongContents(root, version, kind.nameIn(basename(path))))];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function wrongContents(root: string, version: string, name: string): Promise<readonly string[]> {
  if (name === 'app-image') return verifyApp(root, version);
  if (name === 'windows-app') return verifyApp(join(root, 'app'), version, 'win32');
  if (name === 'windows-msi') return verifyApp(folderOf('Causeway.exe', root), version, 'win32');
  if (name === 'mac-app') return verifyApp(folderOf('Causeway.app', root), version, 'darwin');
  if (name === 'causeway-desktop') return verifyApp(join(root, 'usr/lib/causeway-desktop'), version);
  return wrongNotices(join(root, 'usr/share/doc', name));
}

/** The folder below another one that has a file of that name; the other one where there is none. */
function folderOf(name: string, root: string): string {
  const found = readdirSync(root, { withFileTypes: true, recursive: true }).find((entry) => entry.name === name);
  return found?.parentPath ?? root;
}

function run([program = '', ...words]: readonly string[]): { readonly status: number | null; readonly words: string } {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  return { status, words: (status === 0 ? stdout : (error?.message ?? stderr)).trim() };
}

/** Where an AppImage’s file system begins: behind the program that mounts it, whose sections stand last (elf(5)). */
function fileSystemAt(path: string): number {
  const bytes = Buffer.alloc(65_536);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (bytes.toString('latin1', 0, 4) !== '\u007fELF') return Math.max(0, bytes.indexOf('hsqs', 0, 'latin1'));
  return Number(bytes.readBigUInt64LE(0x28)) + bytes.readUInt16LE(0x3a) * bytes.readUInt16LE(0x3c);
}
