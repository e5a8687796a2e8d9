import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version } from '../shared/version.ts';
import { buildApp } from './build-app.ts';
import { makeCliDeb, makeCliRpm } from './cli/make-packages.ts';
import { stageCli } from './cli/stage-cli.ts';
import { proveAppImage, toolsForAppImage } from './desktop/linux/prove-app-image.ts';
import { makeDirectory } from './desktop/make-directory.ts';
import { makeInstallers } from './desktop/make-installers.ts';
import { makeDesktopDeb, makeDesktopRpm } from './desktop/make-packages.ts';
import { writeNotices } from './desktop/notices.ts';
import { standInRuntime } from './desktop/stand-in-runtime.ts';
import { onlyByWorkflow, type Proof, proofTable } from './desktop/what-is-proven.ts';
import { carryCliOnMac } from './desktop/mac/carried-cli.ts';
import { carryCli } from './desktop/windows/carried-cli.ts';
import { proveMsi, toolsForMsi } from './desktop/windows/prove-msi.ts';
import { proveWindowsInstaller, toolsForWindows } from './desktop/windows/prove-installer.ts';
import { ensureElectron } from './electron-runtime.ts';
import { stageNativeModules } from './native-modules.ts';
import { zipFolder } from './packages/zip-folder.ts';
import { handedFolder, moveToHandOver, packFolder } from './release/hand-over.ts';
import { finishLinuxFiles, finishRelease } from './signing/finish-files.ts';
import { isSignedOn, signingSettings } from './signing/signing-settings.ts';
import { sealMacApp, signMacApp } from './signing/sign-mac.ts';
import { signDirectory } from './signing/sign-windows.ts';
import { verifyBundles } from './verify-bundles.ts';

// `npm run package`: bundles, the app’s directory by Forge, packages of it and of the command line, licences, lists of what is
// inside, signatures where there are certificates, checksums. `--dir` stops at the directory. Where Electron’s runtime can’t be
// had, the same steps run with a small program in its place, in a folder that says so, and what that proves is printed.
// `--sign-later` signs nothing and says nowhere that nothing is signed: what is made, or where it has to be signed before it is wrapped the
// directory, stands in `handed`, for `npm run release -- sign`. `--prove` installs, runs, upgrades and removes the Debian packages in a clean root instead. Exit codes: 0 all was made, or
// proven as far as it can be here; 1 a step failed; 2 with `--demand-runtime`, when there is none.
const project = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    'demand-runtime': { type: 'boolean', default: false },
    prove: { type: 'boolean', default: false },
    'sign-later': { type: 'boolean', default: false },
    out: { type: 'string', default: join(project, 'out') },
  },
});

if (options.prove) {
  const proof = spawnSync(process.execPath, [join(project, 'test/deploy/prove-desktop.ts')], { stdio: 'inherit' });
  process.exit(proof.status ?? 1);
}

const signing = signingSettings();
const isSigned = isSignedOn(process.platform, signing);
const proofs: Proof[] = [];
const app = await buildApp();
const problems = await verifyBundles(app);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
proofs.push({ step: 'bundles of main, preload, window', proven: 'here', how: 'built and checked' });

const runtime = await ensureElectron();
const isStandIn = runtime.status === 'missing';
if (isStandIn) {
  console.error(`${runtime.reason} ELECTRON_MIRROR names another place to get it from.`);
  if (options['demand-runtime'] || process.platform !== 'linux') process.exit(2);
  console.error('Packaging is proven with a small program in its place: nothing of it is for anybody’s computer.');
}
const how = isStandIn ? 'stand-in' : 'here';
// A folder of its own: nobody is to take what only proves packaging for the app.
const out = isStandIn ? join(options.out, 'proof') : options.out;
await mkdir(out, { recursive: true });
await writeNotices(app, version);
await stageNativeModules();
const archives = isStandIn ? await standInRuntime(join(project, 'node_modules/.cache/causeway-runtime')) : undefined;
const isSignedLater = options['sign-later'];
const directory = await makeDirectory(out, archives, isSignedLater);
if (process.platform === 'win32') {
  await carryCli(directory, version);
  if (signing.windows !== null && !isSignedLater) signDirectory(directory, signing.windows);
}
if (process.platform === 'darwin') {
  const bundle = join(directory, 'Causeway.app');
  await carryCliOnMac(bundle, version);
  if (signing.mac === null) sealMacApp(bundle);
  else if (!isSignedLater) await signMacApp(bundle, signing.mac);
}
proofs.push(
  { step: 'directory, ASAR with integrity', proven: how, how: 'Electron Forge' },
  { step: 'fuses on the wire of the binary', proven: how, how: '@electron/fuses' },
  { step: 'licences and CycloneDX list', proven: 'here', how: 'of what the bundles hold' },
);

if (!options.dir) {
  const made = process.platform === 'linux' ? await makeLinuxPackages(directory) : await makeOtherInstallers(directory);
  if (!isSignedLater) {
    await finishRelease(out, made, signing.linux);
    proofs.push({ step: 'checksums', proven: 'here', how: 'SHA256SUMS' });
  }
  proofs.push(
    isSigned && !isSignedLater
      ? { step: `signatures on ${process.platform}`, proven: 'here', how: 'with the certificate that was given' }
      : {
          step: `signatures on ${process.platform}`,
          proven: 'workflow',
          how: isSignedLater ? 'npm run release -- sign' : 'no certificate: -unsigned in the names',
        },
  );
  for (const file of made) console.log(file);
}
console.log(`\n${directory}\n\n${proofTable([...proofs, ...(isStandIn ? onlyByWorkflow : [])])}`);

async function makeLinuxPackages(from: string): Promise<readonly string[]> {
  const cliName = `causeway-cli-${version}-linux-${process.arch}`;
  const cli = await stageCli(join(out, cliName), { version });
  const zip = join(out, `${cliName}.zip`);
  await zipFolder(cli.dir, zip, `${cliName}/`);
  const debs = [await makeDesktopDeb(from, version, out), await makeCliDeb(cli, version, out)];
  const rpms = [await makeDesktopRpm(from, version, out), await makeCliRpm(cli, version, out)];
  await rm(cli.dir, { recursive: true });
  proofs.push(
    { step: 'command line: ZIP', proven: 'here', how: 'with its own Node' },
    { step: 'Debian packages of both', proven: how, how: 'dpkg-deb' },
    rpms.includes(null)
      ? { step: 'RPMs of both', proven: 'workflow', how: 'there is no rpmbuild here' }
      : { step: 'RPMs of both', proven: how, how: 'rpmbuild' },
  );
  const packages = [zip, ...debs, ...rpms.filter((rpm) => rpm !== null)];
  if (isSignedLater) {
    const images = isStandIn ? [] : await makeInstallers({ prepackaged: from, out, isSignedLater });
    return moveToHandOver(out, [...packages, ...images]);
  }
  const proven = isStandIn ? await proveInstallers(from) : [];
  const finished = await finishLinuxFiles(packages, signing.linux);
  if (isStandIn) return [...finished, ...proven];
  // Its name says already whether it is signed.
  const appImages = await makeInstallers({ prepackaged: from, out });
  return [...finished, ...(signing.linux === null ? appImages : await finishLinuxFiles(appImages, signing.linux))];
}

/** What electron-builder makes, with tools of this system in place of its downloads. */
async function proveInstallers(from: string): Promise<readonly string[]> {
  const made: string[] = [];
  const prove = async (step: string, tools: readonly string[], make: () => Promise<string>): Promise<void> => {
    const missing = tools.filter((path) => !existsSync(path)).map((path) => basename(path));
    if (missing.length > 0) {
      proofs.push({ step, proven: 'workflow', how: `there is no ${missing.join(', ')} here` });
      return;
    }
    made.push(await make());
    proofs.push({
      step,
      proven: 'stand-in',
      how: `electron-builder, ${tools.map((path) => basename(path)).join(', ')}`,
    });
  };
  await prove('Windows: NSIS, for all users or one', toolsForWindows, () => proveWindowsInstaller(from, out));
  await prove('Windows: MSI, for all users', toolsForMsi, () => proveMsi(from, out));
  await prove('Linux: AppImage', toolsForAppImage, () => proveAppImage(from, out));
  return made;
}

async function makeOtherInstallers(from: string): Promise<readonly string[]> {
  if (isSignedLater) {
    const archive = join(out, handedFolder, 'app.tar');
    await packFolder(from, archive);
    return [archive];
  }
  const prepackaged = process.platform === 'darwin' ? join(from, 'Causeway.app') : from;
  const made = await makeInstallers({ prepackaged, out });
  proofs.push({ step: 'installers', proven: 'here', how: 'electron-builder' });
  return made;
}
