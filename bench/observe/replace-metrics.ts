// Loaded by Node before the relay: whoever imports its metrics gets those that count nothing.
import { registerHooks } from 'node:module';

const real = new URL('../../relay/metrics/relay-metrics.ts', import.meta.url).href;
const standIn = new URL('./no-metrics.ts', import.meta.url).href;
registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    return found.url === real ? { ...found, url: standIn } : found;
  },
});
