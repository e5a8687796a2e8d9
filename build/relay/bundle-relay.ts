import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { programs } from '../../relay/programs/program-file.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Native add-ons that libraries use when present and do without otherwise; what is installed of them goes beside. */
export const optionalAddOns = ['bufferutil', 'utf-8-validate', 'pg-native', 'koffi/indirect'];

/** What a bundle of the relay consists of. */
export interface RelayBundle {
  /** Its files, by their names in the folder. */
  readonly files: readonly string[];
  /** Absolute paths of all sources that went into it, those of libraries included. */
  readonly sources: readonly string[];
  /** What it imports and hasn't got inside. */
  readonly imports: readonly string[];
}

/**
 * Bundles the relay into a flat folder of ES modules: `main.js`, one file for each program that it starts, and what they
 * share. All libraries are inside. It calls itself by the version that is given.
 */
export async function bundleRelay(outDir: string, version: string): Promise<RelayBundle> {
  const entries = Object.entries(programs).map(([name, path]) => [name, join(project, 'relay', `${path}.ts`)]);
  const result = await build({
    configFile: false,
    root: join(project, 'relay'),
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
        input: { main: join(project, 'relay/start/main.ts'), ...Object.fromEntries(entries) },
        external: [...optionalAddOns, ...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
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
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => ('output' in each ? each.output : []));
  const chunks = outputs.filter((each): each is Rollup.OutputChunk => each.type === 'chunk');
  const own = new Set(outputs.map(({ fileName }) => fileName));
  return {
    files: [...own].toSorted(),
    sources: [...new Set(chunks.flatMap(({ moduleIds }) => moduleIds))].filter((id) => id.startsWith('/')).toSorted(),
    imports: [...new Set(chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]))]
      .filter((name) => !own.has(name))
      .toSorted(),
  };
}
