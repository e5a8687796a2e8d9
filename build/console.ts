import { buildConsole, builtConsole } from './build-console.ts';

// `npm run build:console`: the operators’ console, where a relay that runs from these sources finds it.
const fresh = await buildConsole();
console.log(fresh ? `The console is built: ${builtConsole}` : `The console is up to date: ${builtConsole}`);
