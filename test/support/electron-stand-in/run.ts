import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { listenToParent } from './control.ts';

// Runs the app's built main process in this process, with the stand-in where it imports Electron:
//   node run.ts <main.js> --user-data-dir=<folder>
const electronUrl = new URL('electron.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, resolveContext, next) =>
    specifier === 'electron'
      ? { url: electronUrl, format: 'module-typescript', shortCircuit: true }
      : next(specifier, resolveContext),
});

const [, , main] = process.argv;
if (main === undefined) throw new Error('Name the built main process.');
const { app } = await import('./app.ts');
listenToParent();
await import(pathToFileURL(main).href);
app.codeLoaded();
