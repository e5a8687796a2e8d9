import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { carriedCli } from '../desktop/mac/carried-cli.ts';
import { readChecksums } from '../packages/checksums.ts';
import { saysUnsigned } from '../signing/finish-files.ts';

export interface StoreManifestsOptions {
  readonly version: string;
  /** Where the release's files can be downloaded; https, without a slash at the end. */
  readonly address: string;
  readonly publisher: string;
}

const identifier = 'Causeway.Causeway';
const schema = '1.10.0';
const about = 'One-click access to internal APIs, without a VPN';

/**
 * Writes manifests for winget and Homebrew from a release's files and their sums.
 * @returns the files' paths
 * @throws Error when the release lacks what they name, or has it unsigned
 */
export async function writeStoreManifests(
  release: string,
  out: string,
  options: StoreManifestsOptions,
): Promise<readonly string[]> {
  if (!/^https:\/\/[^/].*[^/]$/.test(options.address)) throw new Error(`${options.address} is no https address.`);
  const names = (await readdir(release)).toSorted();
  const sums = await readChecksums(release);
  const sumOf = (name: string): string => {
    const sum = sums.get(name);
    if (sum === undefined) throw new Error(`${name} has no checksum.`);
    return sum;
  };
  const pick = (pattern: RegExp, what: string): string => {
    const found = names.filter((name) => pattern.test(name));
    if (found.some(saysUnsigned)) throw new Error(`${found.join(', ')}: what a store offers is signed.`);
    const [name] = found;
    if (name === undefined) throw new Error(`The release has no ${what}.`);
    return name;
  };
  const x64 = pick(/-win-x64(?:-unsigned)?\.exe$/, 'installer for Windows');
  const arm64 = names.find((name) => name.endsWith('-win-arm64.exe'));
  const image = pick(/-mac-universal(?:-unsigned)?\.dmg$/, 'disk image for macOS');
  const cli = names.find((name) => /^causeway-cli-.*-mac-arm64\.zip$/.test(name) && !saysUnsigned(name));
  const installers = [['x64', x64], ...(arm64 === undefined ? [] : [['arm64', arm64]])] as const;
  const files: Readonly<Record<string, string>> = {
    [`winget/${identifier}.yaml`]: wingetVersion(options),
    [`winget/${identifier}.installer.yaml`]: wingetInstaller(
      options,
      installers.map(([architecture = '', name = '']) => ({ architecture, name, sum: sumOf(name) })),
    ),
    [`winget/${identifier}.locale.en-US.yaml`]: wingetLocale(options),
    'homebrew/Casks/causeway.rb': cask(options, image, sumOf(image)),
    ...(cli === undefined ? {} : { 'homebrew/Formula/causeway-cli.rb': formula(options, cli, sumOf(cli)) }),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(out, name, '..'), { recursive: true });
    await writeFile(join(out, name), text);
  }
  return Object.keys(files).map((name) => join(out, name));
}

/** A scalar of YAML that is a text whatever is in it. */
const quoted = (text: string): string => JSON.stringify(text);

function wingetHead(kind: string, { version }: StoreManifestsOptions): string {
  return `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${kind}.${schema}.schema.json
PackageIdentifier: ${identifier}
PackageVersion: ${quoted(version)}
`;
}

const wingetFoot = (kind: string): string => `ManifestType: ${kind}\nManifestVersion: ${schema}\n`;

function wingetVersion(options: StoreManifestsOptions): string {
  return `${wingetHead('version', options)}DefaultLocale: en-US\n${wingetFoot('version')}`;
}

interface Installer {
  readonly architecture: string;
  readonly name: string;
  readonly sum: string;
}

/** Each installer is there for one person and for all users of a computer, by a switch of its own. */
function wingetInstaller(options: StoreManifestsOptions, installers: readonly Installer[]): string {
  const entries = installers.flatMap(({ architecture, name, sum }) =>
    (['user', 'machine'] as const).map(
      (scope) => `  - Architecture: ${architecture}
    Scope: ${scope}
    InstallerUrl: ${quoted(`${options.address}/${name}`)}
    InstallerSha256: ${sum.toUpperCase()}
    InstallerSwitches:
      Custom: ${scope === 'user' ? '/currentuser' : '/allusers'}
`,
    ),
  );
  return `${wingetHead('installer', options)}InstallerType: nullsoft
UpgradeBehavior: install
Protocols:
  - causeway
Installers:
${entries.join('')}${wingetFoot('installer')}`;
}

function wingetLocale(options: StoreManifestsOptions): string {
  return `${wingetHead('defaultLocale', options)}PackageLocale: en-US
Publisher: ${quoted(options.publisher)}
PackageName: Causeway
License: Apache-2.0
ShortDescription: ${quoted(about)}
${wingetFoot('defaultLocale')}`;
}

/** Homebrew puts the command line that the app carries on PATH, on both kinds of processors. */
function cask({ version, address }: StoreManifestsOptions, image: string, sum: string): string {
  const url = `${address}/${image}`.replaceAll(version, '#{version}');
  return `cask "causeway" do
  version "${version}"
  sha256 "${sum}"

  url "${url}"
  name "Causeway"
  desc "${about}"
  homepage "https://causeway.example/"

  auto_updates true

  app "Causeway.app"
  binary "#{appdir}/Causeway.app/${carriedCli}/bin/causeway"

  uninstall quit: "io.causeway.desktop"

  zap trash: "~/Library/Application Support/Causeway"
end
`;
}

/** The command line with its own Node for who hasn’t the app, put on PATH by Homebrew. */
function formula({ version, address }: StoreManifestsOptions, zip: string, sum: string): string {
  const url = `${address}/${zip}`.replaceAll(version, '#{version}');
  return `class CausewayCli < Formula
  desc "Internal APIs on this computer, from the command line"
  homepage "https://causeway.example/"
  version "${version}"
  url "${url}"
  sha256 "${sum}"
  license "Apache-2.0"

  depends_on arch: :arm64
  depends_on :macos

  def install
    libexec.install Dir["*"]
    bin.install_symlink libexec/"bin/causeway"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/causeway --version")
  end
end
`;
}
