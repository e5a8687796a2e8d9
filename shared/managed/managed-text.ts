import { assertNever } from '../errors.ts';
import { text } from '../messages/text.ts';
import { type ManagedKey, managedKeys } from './managed-keys.ts';
import type { PolicyProblem, PolicySource } from './managed-state.ts';
import type { Settings } from '../settings.ts';

/** What is wrong with a policy, where, what is expected there, and what holds until then. */
export function policyProblemText(problem: PolicyProblem): string {
  const wrong = faultText(problem);
  if (problem.holds === undefined) return wrong;
  const holds =
    problem.holds === 'strictest' && problem.fault === 'value' && problem.key === 'certificatePins'
      ? text('managed.holds.no-relay')
      : text(`managed.holds.${problem.holds}`);
  return `${wrong} ${holds}`;
}

function faultText(problem: PolicyProblem): string {
  const { place } = problem;
  switch (problem.fault) {
    case 'value':
      return text('managed.problem.value', { place, at: problem.at, expected: expectedText(problem.key) });
    case 'unknown-key': {
      const { key, nearest } = problem;
      return nearest === null
        ? text('managed.problem.unknown-key', { place, key })
        : text('managed.problem.nearest', { place, key, nearest });
    }
    case 'unreadable':
      return text('managed.problem.unreadable', { place, detail: problem.detail });
    case 'unsafe':
      return text(`managed.unsafe.${problem.reason}`, { place, path: problem.path });
    default:
      return assertNever(problem);
  }
}

/** What a key takes. */
export function expectedText(key: ManagedKey): string {
  const { form } = managedKeys[key];
  switch (form.type) {
    case 'boolean':
      return text('managed.expected.boolean');
    case 'whole':
      return text('managed.expected.whole', { min: String(form.min), max: String(form.max) });
    case 'choice':
      return text('managed.expected.choice', { choices: form.choices.join(', ') });
    case 'text':
      return text('managed.expected.text', { example: form.example });
    case 'list':
    case 'table':
      return text(`managed.expected.${form.type}`, { example: JSON.stringify(form.example) });
    default:
      return assertNever(form);
  }
}

/** Who has set a value, and where. */
export function sourceText({ scope, place }: PolicySource): string {
  return `${text(`managed.by.${scope}`)} (${place})`;
}

/** A managed value for people. */
export function valueText(value: unknown): string {
  if (typeof value === 'boolean') return text(value ? 'managed.value.true' : 'managed.value.false');
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const parts = Array.isArray(value)
    ? value.map(String)
    : Object.entries(value ?? {}).map(([name, item]) => text('managed.value.pair', { name, value: String(item) }));
  return parts.length === 0 ? text('managed.value.none') : parts.join(', ');
}

/** What a setting of the app is called. */
export function settingName(setting: keyof Settings): string {
  if (setting === 'gatewayPort') return text('settings.gateway');
  if (setting === 'otherPrograms') return text('settings.programs');
  return setting === 'toldAboutClosing' || setting === 'hints' ? setting : text(`settings.${setting}`);
}
