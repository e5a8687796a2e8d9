import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../relay/config/config-problem.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => void (folder = await openConfigFolder()));
afterAll(() => folder.close());

const rule = (keys: string): string => minimalConfig({ api: `    rules: [{name: r, ${keys}}]` });
const limit = (keys: string, tail = ''): string =>
  minimalConfig({ api: `    request_limits: [{name: l, requests: 1, every: day${keys}}]`, tail });

async function problemsOf(text: string): Promise<readonly string[]> {
  const path = await folder.write('relay.yaml', text);
  try {
    await loadConfig(path, { env: { BAD_URL: 'http://127.0.0.1' } });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ key, message }) => `${key}: ${message}`);
  }
}

describe('a rule', () => {
  it.each([
    ['a zone that there isn’t', 'times: [{zone: Mars/Base}]', 'times[0].zone: isn’t a time zone'],
    ['a time of day that there isn’t', 'times: [{from: "25:00"}]', 'times[0].from: must be a time of day'],
    ['a window that never opens', 'times: [{from: "08:00", to: "08:00"}]', 'times[0].to: is the same as “from”'],
    ['a window that begins after the day', 'times: [{from: "24:00", to: "08:00"}]', 'times[0].from: must be before'],
    ['a name for a network', 'networks: [office]', 'networks[0]: must be an IP address or a range'],
    ['a range with too many bits', 'networks: [10.0.0.0/33]', 'networks[0]: must have between 0 and 32 bits'],
    ['a range that begins elsewhere', 'networks: [10.1.2.3/8]', 'networks[0]: has address bits behind its range'],
    ['a short form of an address', 'networks: ["10.1"]', 'networks[0]: must be an IP address'],
    ['a claim path that is cut off', 'claims: {"a.": [x]}', 'isn’t a claim path'],
    ['a claim with one value instead of a list', 'claims: {a: x}', 'claims.a: must be a list'],
    ['an empty device', 'device: {}', 'device: asks for nothing'],
    ['a device of another version', 'device: {minimum_app_version: new}', 'must be a version'],
    ['a deny rule for old sign-ins', 'effect: deny, max_auth_age: 60', 'max_auth_age: belongs to allow rules'],
    ['a deny rule for kinds of sign-in', 'effect: deny, acr: [mfa]', 'acr: belongs to allow rules'],
    ['an acr that could break a header', String.raw`acr: ["a\" b"]`, 'acr[0]: must be one word without quotes'],
    ['an empty acr', 'acr: []', 'acr: must not be empty'],
  ])('with %s is refused', async (_name, keys, message) => {
    const problems = await problemsOf(rule(keys));
    expect(problems).toEqual([expect.stringContaining(message)]);
    expect(problems[0]).toMatch(/^apis\[0\]\.rules\[0\]/);
  });

  it('with empty lists is taken: they mean nobody, never and nowhere', async () => {
    expect(await problemsOf(rule('groups: [], scopes: [], claims: {a: []}, times: [], networks: []'))).toEqual([]);
  });
});

describe('a limit', () => {
  it.each([
    ['for a tier that there isn’t', limit(', tiers: [gold]'), 'names a tier that isn’t under “tiers”. There are none.'],
    ['whose window there isn’t', limit('').replace('day', 'week'), 'must be one of second, minute, hour, day, month'],
    [
      'with its window at “per”',
      limit('').replace('every: day', 'per: minute'),
      'per: must be one of user, all. Write “every: minute”.',
    ],
    [
      'with its window misspelt',
      limit('').replace('every: day', 'evry: day'),
      'evry: is a key that Causeway doesn’t know. Did you mean “every”?',
    ],
    [
      'with its count misspelt',
      limit('').replace('requests: 1', 'request: 1'),
      'request: is a key that Causeway doesn’t know. Did you mean “requests”?',
    ],
    ['below nothing', limit('').replace('requests: 1', 'requests: -1'), 'must be at least 0'],
    [
      'that doesn’t say what happens without Redis',
      limit('', 'shared_state: {store: redis, url: "redis://127.0.0.1"}'),
      'must say what happens while Redis can’t be reached',
    ],
    [
      'in Redis without an address',
      limit('', 'shared_state: {store: redis, on_failure: deny}'),
      'needs the url of Redis',
    ],
    [
      'in Redis at an address of another kind',
      limit('', 'shared_state: {store: redis, on_failure: deny, url: "${env:BAD_URL}"}'),
      'must be an address that begins with redis:// or rediss://',
    ],
  ])('%s is refused', async (_name, text, message) => {
    expect(await problemsOf(text)).toEqual([expect.stringContaining(message)]);
  });

  it('twice under one name is refused, and so is a tier', async () => {
    const twice = minimalConfig({
      api: '    request_limits: [{name: l, requests: 1, every: day}, {name: l, requests: 1, every: hour}]',
      tail: 'tiers: [{name: a}, {name: a}]',
    });
    expect(await problemsOf(twice)).toEqual([
      expect.stringContaining('same limit name, l'),
      expect.stringContaining('same tier, a'),
    ]);
  });
});
