import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The preload: one CommonJS file, the only form that a sandboxed window loads. */
export default defineConfig({
  root: project('electron'),
  publicDir: false,
  build: {
    outDir: project('.vite/build'),
    emptyOutDir: false,
    target: 'chrome140',
    minify: false,
    sourcemap: false,
    rolldownOptions: {
      input: project('electron/preload.ts'),
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false },
    },
  },
});
