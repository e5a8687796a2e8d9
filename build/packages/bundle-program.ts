import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { chunksOf, sourcesOf } from '../build-for-production.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What a bundle of a program consists of. */
export interface ProgramBundle {
  /** Its files, by their names in the folder. */
  readonly files: readonly string[];
  /** Absolute paths of all sources that went into it, those of libraries included. */
  readonly sources: readonly string[];
  /** What it imports and hasn't got inside. */
  readonly imports: readonly string[];
}

export interface BundleOptions {
  /** Folder of the program's sources. */
  readonly root: string;
  /** Source files by the names of the files that they become. */
  readonly input: Readonly<Record<string, string>>;
  /** Native add-ons that no bundle can hold. */
  readonly addOns: readonly string[];
  readonly outDir: string;
  /** What it calls itself. */
  readonly version: string;
}

/** Bundles a program into a flat folder of ES modules, with all libraries inside. */
export async function bundleProgram({ root, input, addOns, outDir, version }: BundleOptions): Promise<ProgramBundle> {
  const result = await build({
    configFile: false,
    root,
    publicDir: false,
    plugins: [
      {
        name: 'version',
        transform: (_code, id) =>
          id === join(project, 'shared/version.ts') ? `export const version = ${JSON.stringify(version)};` : undefined,
      },
    ],
    logLevel: 'error',
    // Of a file that is also a script by itself, only what it exports is meant.
    define: { 'import.meta.main': 'false' },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'node24',
      ssr: true,
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        input: { ...input },
        external: [...addOns, ...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
        output: {
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
    ssr: { noExternal: true, target: 'node' },
  });
  const chunks = chunksOf(result);
  const own = new Set(chunks.map(({ fileName }) => fileName));
  return {
    files: [...own].toSorted(),
    sources: sourcesOf(result),
    imports: [...new Set(chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]))]
      .filter((name) => !own.has(name))
      .toSorted(),
  };
}
