import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { updatesOfBuild } from './updates-of-build.ts';

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * The main process: one ES module with all libraries inside, so that the archive carries no `node_modules`. Native add-ons
 * are beside it (`native-modules.ts`).
 */
export default defineConfig({
  root: project('electron'),
  define: { __CAUSEWAY_UPDATES__: JSON.stringify(updatesOfBuild(process.env)) },
  publicDir: project('build/icons/public'),
  build: {
    outDir: project('.vite/build'),
    emptyOutDir: false,
    copyPublicDir: true,
    target: 'node24',
    ssr: true,
    minify: false,
    sourcemap: false,
    lib: { entry: project('electron/main.ts'), formats: ['es'], fileName: () => 'main.js' },
    rolldownOptions: {
      // Native add-ons that libraries use when present and do without otherwise.
      external: [
        'electron',
        'bufferutil',
        'utf-8-validate',
        'koffi/indirect',
        ...builtinModules,
        ...builtinModules.map((name) => `node:${name}`),
      ],
      output: { codeSplitting: false },
    },
  },
  ssr: { noExternal: true, target: 'node' },
});
