import type * as Crypto from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { countAttempts } from '../../../relay/break-glass/attempts.ts';
import type { BreakGlassParts } from '../../../relay/break-glass/break-glass-parts.ts';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { newTotpSecret } from '../../../relay/break-glass/one-time-code.ts';
import { hashPassphrase } from '../../../relay/break-glass/passphrase.ts';
import { prove, WrongAnswer } from '../../../relay/break-glass/prove.ts';
import { breakGlassSchema } from '../../../relay/config/break-glass-schema.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

const derived = vi.hoisted((): object[] => []);
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof Crypto>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, callback) => {
    const { memory, passes, parallelism, tagLength } = parameters;
    derived.push({ algorithm, memory, passes, parallelism, tagLength });
    crypto.argon2(algorithm, parameters, callback);
  };
  return { ...crypto, argon2 };
});

const settings = breakGlassSchema.parse({
  accounts: ['enrolled', 'disabled', 'nobody', 'by-passkey'].map((name) => ({
    name,
    groups: ['sre'],
    sign_in: name === 'by-passkey' ? 'passkey' : 'passphrase',
  })),
});

it('each wrong answer costs the same: one argon2id with the same numbers, whoever it names', async () => {
  const store = openBreakGlassStore(temporaryFolder(), Date.now);
  const refused: (string | null)[] = [];
  const parts = {
    store,
    settings: () => settings,
    attempts: countAttempts(store, () => settings.lockout, Date.now),
    announce: { refused: (_reason: string, account: string | null) => refused.push(account) },
    now: Date.now,
  } as unknown as BreakGlassParts;
  const passphrase = { ...(await hashPassphrase('seven horses in a row')), totpSecret: newTotpSecret(), lastStep: 0 };
  const credentials = { userHandle: 'u', passkeys: [], passphrase };
  for (const name of ['enrolled', 'disabled'])
    store.change(name, () => ({ credentials, disabled: name === 'disabled' }));
  const costs: [string, readonly object[]][] = [];
  for (const name of ['enrolled', 'disabled', 'nobody', 'by-passkey', 'no-such-account', '']) {
    derived.length = 0;
    const form = new URLSearchParams({ name, passphrase: 'eight horses in a row', code: '123456' });
    // Each from another network: none waits for the others.
    await expect(prove(parts, form, null, `203.0.${costs.length}.1`)).rejects.toThrow(WrongAnswer);
    costs.push([name, [...derived]]);
  }
  store.close();
  const one = [{ algorithm: 'argon2id', memory: 65_536, passes: 3, parallelism: 4, tagLength: 32 }];
  expect(costs).toEqual(costs.map(([name]) => [name, one]));
  // What was typed as a name that there isn’t is told to nobody.
  expect(refused).toEqual(['enrolled', 'disabled', 'nobody', 'by-passkey', null, null]);
});
