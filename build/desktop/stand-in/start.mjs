// Starts the main bundle out of `resources/app.asar`, with a module `electron` that answers to everything, and ends with 0 as
// soon as the bundle asks it for something. Copied into packages that only prove packaging; plain JavaScript, as it has
// neither compiler nor libraries there.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const resources = fileURLToPath(new URL('../resources/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-stand-in-'));

/** Unpacks an archive: a JSON header behind 16 bytes of sizes, then the files. */
function unpack(archive, target) {
  const bytes = readFileSync(archive);
  const filesAt = 8 + bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12)));
  const write = (entry, path) => {
    if (entry.files === undefined) {
      const at = filesAt + Number(entry.offset);
      writeFileSync(path, bytes.subarray(at, at + entry.size));
      return;
    }
    mkdirSync(path, { recursive: true });
    for (const [name, child] of Object.entries(entry.files)) write(child, join(path, name));
  };
  write(header, target);
}

unpack(join(resources, 'app.asar'), folder);
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const main = join(folder, manifest.main);
const names = /^import electron, \{([^}]*)\} from "electron";$/m.exec(readFileSync(main, 'utf8'))?.[1] ?? '';

globalThis.standIn = (what) => {
  const started = () => {
    process.stdout.write(
      `${manifest.productName} ${manifest.version}: the main bundle has started (asked for ${what}).\n`,
    );
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  return new Proxy(class {}, { get: started, apply: started, construct: started, set: started });
};
const source = names
  .split(',')
  .map((name) => name.trim())
  .map((name) => `export const ${name} = globalThis.standIn('${name}');`)
  .join('\n');
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: `data:text/javascript,${encodeURIComponent(`${source}\nexport default {};`)}`, shortCircuit: true }
      : next(specifier, context),
});
process.resourcesPath = dirname(join(resources, 'x'));
await import(pathToFileURL(main).href);
process.stderr.write('The main bundle ended without asking Electron for anything.\n');
process.exit(1);
