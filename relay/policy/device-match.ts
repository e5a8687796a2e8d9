import { coerce, gte, type SemVer } from 'semver';
import { reason, type Reason } from '../../shared/reason.ts';
import type { RuleConfig } from '../config/config-schema.ts';
import type { ReportedDevice } from './decision.ts';
import { anyOf } from './caller-conditions.ts';
import { listWords } from './rule-words.ts';

type DeviceConfig = NonNullable<RuleConfig['device']>;

/** What a rule asks of the computer, as its client describes it; nothing of this is verified. */
export interface DeviceMatch {
  /** For example “on a computer that says its system is macOS*”. */
  readonly words: string;
  /** The same as a part of a sentence. */
  readonly reason: () => Reason;
  /** `unknown` when the client reported nothing that could be compared. */
  judge(device: ReportedDevice | null): 'holds' | 'differs' | 'unknown';
}

/** Compiles the device part of a rule. Texts are compared regardless of case. */
export function compileDeviceMatch(config: DeviceConfig): DeviceMatch {
  const checks: ((device: ReportedDevice) => boolean | undefined)[] = [];
  const words: string[] = [];
  const facts: Reason[] = [];
  const addText = (field: 'system' | 'name', patterns: readonly string[] | undefined): void => {
    if (patterns === undefined) return;
    const pieces = patterns.map((pattern) => pattern.toLowerCase().split('*'));
    words.push(patterns.length === 0 ? `its ${field} is none` : `its ${field} is ${listWords(patterns, 'or')}`);
    facts.push(reason(`device-${field}`, { values: anyOf(patterns) }));
    checks.push((device) => {
      const value = device[field].toLowerCase();
      return value === '' ? undefined : pieces.some((pattern) => matchesText(pattern, value));
    });
  };
  addText('system', config.system);
  addText('name', config.name);
  for (const [attribute, patterns] of Object.entries(config.attributes ?? {})) {
    const pieces = patterns.map((pattern) => pattern.toLowerCase().split('*'));
    const wanted = patterns.length === 0 ? 'none' : listWords(patterns, 'or');
    words.push(`its attribute ${attribute} is ${wanted}`);
    facts.push(reason('device-attribute', { attribute, values: anyOf(patterns) }));
    checks.push(({ attributes = {} }) => {
      const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
      return value === undefined ? undefined : pieces.some((pattern) => matchesText(pattern, value.toLowerCase()));
    });
  }
  const { minimum_app_version: minimum } = config;
  if (minimum !== undefined) {
    words.push(`its Causeway is ${minimum} or newer`);
    facts.push(reason('device-version', { version: minimum }));
    const oldest = versionOf(minimum);
    checks.push(({ appVersion }) => {
      const version = versionOf(appVersion);
      return version === null || oldest === null ? undefined : gte(version, oldest);
    });
  }
  return {
    words: `on a computer that says ${listWords(words)} (not verified)`,
    reason: () => reason('if-device', { facts: { and: facts } }),
    judge(device) {
      if (device === null) return 'unknown';
      const verdicts = checks.map((check) => check(device));
      if (verdicts.includes(false)) return 'differs';
      return verdicts.includes(undefined) ? 'unknown' : 'holds';
    },
  };
}

/** Pieces between stars, matched leftmost and never gone back on: linear in the text for each piece. */
export function matchesText(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return text === first;
  const last = pieces.at(-1) ?? '';
  const end = text.length - last.length;
  if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

/** A version as the client says it, `1.4` among them; null for what doesn't begin like one. */
function versionOf(text: string): SemVer | null {
  return /^\d/.test(text) ? coerce(text, { includePrerelease: true }) : null;
}
