import { expect, it } from 'vitest';
import { keepUntilRestart } from '../../../relay/config/keep-until-restart.ts';
import { needsRestart } from '../../../relay/config/needs-restart.ts';
import { loadConfig, type LoadedConfig } from '../../../relay/config/load-config.ts';
import { minimalConfig, openConfigFolder } from './config-folder.ts';

async function load(text: string): Promise<LoadedConfig> {
  const folder = await openConfigFolder();
  try {
    return await loadConfig(await folder.write('relay.yaml', text), { files: 'skip' });
  } finally {
    await folder.close();
  }
}

const base = { relay: '  data: /srv/causeway', tail: 'admin: { listen: { port: 8444 } }' };
const withTail = (tail: string): string => minimalConfig({ ...base, tail });
const withRelay = (...lines: string[]): string => minimalConfig({ ...base, relay: lines.join('\n') });
const accounts = 'break_glass: { accounts: [{ name: kim, groups: [staff], sign_in: passphrase }] }';

it.each<[string, string, string?]>([
  ['relay.listen', withRelay(base.relay, '  listen: { port: 9999 }')],
  ['relay.data', withRelay('  data: /srv/elsewhere')],
  ['relay.id', withRelay(base.relay, '  id: r-other')],
  ['relay.url', minimalConfig(base).replace('127.0.0.1:8443', '127.0.0.1:8449')],
  ['relay.workers', withRelay(base.relay, '  workers: 3')],
  ['limits', withTail(`${base.tail}\nlimits: { max_token_bytes: 9000 }`)],
  ['break_glass', withTail(`${base.tail}\n${accounts}`)],
  ['admin.listen', withTail('admin: { listen: { port: 8445 } }')],
  ['admin.socket_group', withTail('admin: { listen: { port: 8444 }, socket_group: ops }')],
  ['audit.keep_days', withTail(`${base.tail}\naudit: { keep_days: 30 }`)],
  ['audit.keep_refused_days', withTail(`${base.tail}\naudit: { keep_refused_days: 30 }`)],
  ['audit.erasable', withTail(`${base.tail}\naudit: { erasable: true }`)],
  ['audit.reader_group', withTail(`${base.tail}\naudit: { reader_group: readers }`)],
])('%s is as it was at the start, whether it came or went', async (key, changed) => {
  const [one, other] = [await load(minimalConfig(base)), await load(changed)];
  for (const [first, next] of [
    [one, other],
    [other, one],
  ] as const) {
    const kept = keepUntilRestart(first, next);
    expect(needsRestart(first, kept)).toEqual([]);
    // What a relay does follow is of the next one.
    const renamed = { ...next, config: { ...next.config, disclose: 'minimal' as const } };
    expect(keepUntilRestart(first, renamed).config.disclose).toBe('minimal');
  }
  expect(needsRestart(one, other)).toEqual([key]);
});

it('accounts of the relay’s own are called by its address of the start', async () => {
  const first = await load(withTail(`${base.tail}\n${accounts}`));
  const moved = withTail(`${base.tail}\n${accounts}`).replace('127.0.0.1:8443', '127.0.0.1:8449');
  const kept = keepUntilRestart(first, await load(moved));
  expect(kept.config.issuers.map(({ issuer }) => issuer)).toEqual(first.config.issuers.map(({ issuer }) => issuer));
});

it('who may administer follows the config, also where nobody may any more', async () => {
  const first = await load(withTail('admin: { listen: { port: 8444 }, roles: { owner: [bosses] } }'));
  const next = await load(withTail('admin: { listen: { port: 8445 }, roles: { owner: [staff] } }'));
  expect(keepUntilRestart(first, next).config.admin).toMatchObject({
    listen: { port: 8444 },
    roles: { owner: ['staff'] },
  });
  expect(keepUntilRestart(first, await load(withTail(''))).config.admin).toBe(undefined);
});

it.each(['storage', 'auditKey', 'adminTls', 'tls', 'saml'] as const)(
  '%s is there or not as at the start',
  async (part) => {
    const one = await load(minimalConfig(base));
    const other = { ...one, [part]: {} } as LoadedConfig;
    expect(needsRestart(one, other)).toHaveLength(1);
    expect(keepUntilRestart(one, other)).not.toHaveProperty(part);
    expect(keepUntilRestart(other, one)).toHaveProperty(part);
  },
);
