import { once } from 'node:events';
import { openDesktop } from './open-desktop.ts';

// `npm start`: the app from the present sources, with its usual profile.
const opened = await openDesktop();
console.log(opened.says);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => opened.process.kill(signal));
const [code] = (await once(opened.process, 'exit')) as [number | null];
process.exitCode = code ?? 1;
