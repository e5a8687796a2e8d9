import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The window's page: static files that a policy without inline script and style accepts. */
export default defineConfig({
  root: project('renderer'),
  base: './',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: project('.vite/renderer/main_window'),
    emptyOutDir: true,
    target: 'chrome140',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
