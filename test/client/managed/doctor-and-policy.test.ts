import { afterEach, beforeEach, expect, test } from 'vitest';
import { doctor } from '../../../client/cli/doctor.ts';
import type { CommandContext } from '../../../client/cli/command-context.ts';
import { relayToUse } from '../../../client/cli/sign-in-here.ts';
import { createTerminal } from '../../../client/cli/terminal.ts';
import { type CoreFixture, coreFixture } from '../support/core-fixture.ts';
import { collect } from './support/collect-output.ts';
import { settablePolicy } from './support/settable-policy.ts';

let fixture: CoreFixture;

beforeEach(async () => {
  fixture = await coreFixture(null);
});

afterEach(async () => {
  process.exitCode = 0;
  await fixture.close();
});

function contextOf(entries: Record<string, unknown>): {
  readonly context: CommandContext;
  readonly text: () => string;
} {
  const managed = settablePolicy(entries);
  const { out, text } = collect();
  const { stateDir, secrets, state } = fixture;
  const options = {
    appVersion: '0.1.0',
    device: { name: 'test', system: 'test' },
    stateDir,
    secrets,
    state,
    openBrowser: async () => undefined,
    managed,
  };
  const context: CommandContext = {
    terminal: createTerminal(false, out, out),
    relay: undefined,
    account: undefined,
    core: fixture.make({ managed, passive: true }),
    options,
    wishes: {},
    interrupted: new AbortController().signal,
  };
  return { context, text };
}

test('doctor names what can’t be used of a policy, whatever else it finds, and says whom to ask', async () => {
  const { context, text } = contextOf({ logLvel: 'info', gatewayPort: 80, supportContact: 'Zimmer 7' });
  // Nobody listens there.
  await doctor(context, 'http://127.0.0.1:1');
  expect(text()).toContain(
    '✗ Managed settings: /etc/causeway/policy.json: there is no setting “logLvel”. Did you mean “logLevel”?',
  );
  expect(text()).toContain('“gatewayPort” can’t be used. It takes a whole number from 1024 to 65535.');
  expect(text()).toContain('Help: Zimmer 7');
  expect(process.exitCode).toBe(1);
});

test('doctor looks at no relay that isn’t allowed', async () => {
  const { context } = contextOf({ relays: ['https://relay.example.com'], allowedRelaysOnly: true });
  await expect(doctor(context, 'http://127.0.0.1:1')).rejects.toMatchObject({
    code: 'managed',
    message: expect.stringContaining('https://relay.example.com'),
  });
});

test('commands without a relay take the first that IT has set', async () => {
  const { context } = contextOf({ relays: ['https://relay.example.com'], allowedRelaysOnly: false });
  expect(relayToUse(context, undefined)).toBe('https://relay.example.com');
  expect(relayToUse(context, 'https://other.example.com')).toBe('https://other.example.com');
});
