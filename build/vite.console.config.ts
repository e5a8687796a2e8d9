import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The operators’ console: static files for a relay to serve, which a policy without inline script and style accepts. */
export default defineConfig({
  root: project('console'),
  base: '/console/',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: project('.vite/console'),
    emptyOutDir: true,
    // The first versions that know light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
