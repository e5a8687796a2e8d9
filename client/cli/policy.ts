import { AccessError } from '../../shared/errors.ts';
import { managedKeys } from '../../shared/managed/managed-keys.ts';
import { settingsInForce } from '../../shared/managed/managed-settings.ts';
import { policyProblemText } from '../../shared/managed/managed-text.ts';
import type { KeptPolicy } from '../managed/kept-policy.ts';
import { openManagedSettings } from '../managed/open-managed-settings.ts';
import type { PolicyReader } from '../managed/policy-reader.ts';
import { defaultText, type ValueInForce, valuesInForce } from '../managed/in-force.ts';
import type { StateStore } from '../profile/core-options.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface PolicyContext {
  readonly terminal: Terminal;
  readonly reader: PolicyReader;
  readonly state: Pick<StateStore, 'load'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What held for earlier commands. */
  readonly kept?: Pick<KeptPolicy, 'load'>;
}

/**
 * `causeway policy show`: what IT has set, what holds for each key and whence, and what of a policy was left out and why.
 * Exit code 1 when something was left out. @throws AccessError `bad-input` for another action
 */
export async function policy(context: PolicyContext, action: string): Promise<void> {
  if (action !== 'show') throw new AccessError('bad-input', `There is “causeway policy show”, and no “${action}”.`);
  const { terminal, reader, state, environment, kept } = context;
  const managed = await openManagedSettings(
    reader,
    // Showing changes nothing.
    kept === undefined ? {} : { kept: { load: () => kept.load(), save: () => undefined } },
  );
  const current = managed.current();
  managed.close();
  const values = valuesInForce(current, settingsInForce(state.load().settings, current), environment);
  const ignored = current.problems.map((problem) => ({ ...problem, text: policyProblemText(problem) }));
  const lines = values.map((value) => `${value.key}: ${shownValue(value)}  (${originText(value)})`);
  const remarks = ignored.map(({ text }) => `✗ ${text}`);
  terminal.result(
    { type: 'policy', values, ignored },
    [...lines, ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n'),
  );
  if (ignored.length > 0) process.exitCode = exitCodes.failed;
}

function shownValue({ key, value }: ValueInForce): string {
  if (value === null) return defaultText(key);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function originText(value: ValueInForce): string {
  const isOfApp = managedKeys[value.key].applies.length === 1;
  const applies = isOfApp ? ', the app only' : '';
  switch (value.from) {
    case 'machine':
      return `set for this computer in ${value.place}${applies}`;
    case 'user':
      return `set for you in ${value.place}${applies}`;
    case 'environment':
      return `from the variable ${value.place}${applies}`;
    case 'settings':
      return isOfApp ? 'chosen in the app' : 'your setting';
    case 'default':
      return `default${applies}`;
  }
}
