// Loaded by Node before the relay: whoever imports the audit log gets the file that this address asks for. The files of
// this folder alone can import the real one.
import { registerHooks } from 'node:module';

const real = new URL('../../relay/audit/create-audit-log.ts', import.meta.url).href;
const { search, searchParams } = new URL(import.meta.url);
const standIn = new URL(`./${searchParams.get('with')}.ts${search}`, import.meta.url).href;
const folder = new URL('.', import.meta.url).href;
registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    return found.url === real && context.parentURL?.startsWith(folder) !== true ? { ...found, url: standIn } : found;
  },
});
