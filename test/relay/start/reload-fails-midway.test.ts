import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { LoadedConfig } from '../../../relay/config/load-config.ts';
import type * as optionalParts from '../../../relay/start/optional-parts.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import type * as singleParts from '../../../relay/start/single-parts.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type * as tunnelEndpoint from '../../../relay/tunnel/tunnel-endpoint.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

/** Which step fails with the next config, and what each step was given. */
const planted = vi.hoisted(() => ({ fails: '', given: [] as string[] }));
const step = vi.hoisted(() => (name: string, what: string) => {
  planted.given.push(`${name} ${what}`);
  if (planted.fails !== name) return;
  planted.fails = '';
  throw new Error(`${name} fails`);
});

vi.mock('../../../relay/start/single-parts.ts', async (original) => {
  const module = await original<typeof singleParts>();
  const startSingleParts: typeof module.startSingleParts = async (...asked) => {
    const single = await module.startSingleParts(...asked);
    return {
      ...single,
      replace(next) {
        single.replace(next);
        step('single', next.config.relay.name);
      },
      didReload(next, revision) {
        planted.given.push(`done ${next.config.relay.name}`);
        single.didReload(next, revision);
      },
    };
  };
  return { ...module, startSingleParts };
});
vi.mock('../../../relay/start/optional-parts.ts', async (original) => {
  const module = await original<typeof optionalParts>();
  const grantsOfRelay: typeof module.grantsOfRelay = async (places, options) => {
    const grants = await module.grantsOfRelay(places, options);
    return {
      ...grants,
      configChanged() {
        grants.configChanged();
        step('grants', options.config().apis[0]?.name ?? '');
      },
    };
  };
  return { ...module, grantsOfRelay };
});
vi.mock('../../../relay/tunnel/tunnel-endpoint.ts', async (original) => {
  const module = await original<typeof tunnelEndpoint>();
  class TunnelEndpoint extends module.TunnelEndpoint {
    override policyChanged(): void {
      super.policyChanged();
      step('tunnels', '');
    }
  }
  return { ...module, TunnelEndpoint };
});

let folder: ConfigFolder;
let relay: Relay;
let next: LoadedConfig;
const configOf = (name: string): string =>
  minimalConfig({ relay: '  listen: { port: 0 }\n  data: data' })
    .replace('name: Test', `name: ${name}`)
    .replace('name: Orders', `name: ${name}`);
beforeAll(async () => {
  folder = await openConfigFolder();
  relay = await startRelay(
    await loadConfig(await folder.write('relay.yaml', configOf('Before'))),
    pino({ level: 'silent' }),
  );
  next = await loadConfig(await folder.write('next.yaml', configOf('Next')));
});
afterEach(() => {
  planted.given.length = 0;
});
afterAll(async () => {
  await relay?.close();
  await folder?.close();
});

const loadedPolicies = (): number =>
  queryAudit(folder.file('data'), { type: 'relay', limit: 100 }).filter(
    ({ record }) => record.type === 'relay' && record.event === 'policy-loaded',
  ).length;

it.each([
  ['single', ['single Next', 'single Before']],
  ['grants', ['single Next', 'grants Next', 'single Before', 'grants Before']],
  ['tunnels', ['single Next', 'grants Next', 'tunnels ', 'single Before', 'grants Before', 'tunnels ']],
])('a reload that fails at the step %s leaves all as it was, and records none', (name, given) => {
  planted.fails = name;
  expect(() => relay.reload(next)).toThrow(`${name} fails`);
  expect(planted.given).toEqual(given);
  expect(loadedPolicies()).toBe(0);
});

it('one after it takes the config, which is recorded once', async () => {
  relay.reload(next);
  expect(planted.given).toEqual(['single Next', 'grants Next', 'tunnels ', 'done Next']);
  await vi.waitFor(() => expect(loadedPolicies()).toBe(1), { timeout: 30_000 });
});
