import { type ConfigProblem, formatKey } from './config-problem.ts';
import type { Config } from './config-schema.ts';
import { isSecretPlace } from './redacted-text.ts';
import { withCurrentKeys } from './renamed-keys.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

type Scalar = string | number | boolean | null;

/** A value of the config in force, and where it is from. */
export interface EffectiveKey {
  /** For example `apis[0].timeout_seconds`. */
  readonly key: string;
  /** One value or a list of some; what is filled in from elsewhere as it is written in the file. Null for a secret. */
  readonly value: Scalar | readonly Scalar[];
  /** Whether it is a secret that isn’t shown. */
  readonly hidden: boolean;
  /**
   * `environment`, `secret-file`, `credential`: filled in from there. `preset`: of the provider’s preset. `default`: the
   * relay’s own. `derived`: the relay made it of other values.
   */
  readonly source: 'file' | 'environment' | 'secret-file' | 'credential' | 'preset' | 'default' | 'derived';
  /** Where it stands in the file; null for what doesn’t. */
  readonly line: number | null;
}

const placeholder = /\$\{(env|file|credential):[^}]*\}/g;
const userInfo = /(:\/\/)[^\s/@]+@/g;
const sources = { env: 'environment', file: 'secret-file', credential: 'credential' } as const;

/**
 * Each value of a config in force, in its order, without secrets.
 * @param text what was read; undefined when the config is of no file as it is now
 */
export function effectiveConfig(config: Config, file: string, text: string | undefined): readonly EffectiveKey[] {
  const parsed = text === undefined ? null : parseYaml(file, text);
  const source = parsed?.status === 'parsed' ? withCurrentKeys(parsed.source).source : null;
  return leavesOf(config, []).map(([path, value]) => keyAt(path, value, source));
}

type Path = readonly (string | number)[];
type Leaf = readonly [path: Path, value: Scalar | readonly Scalar[]];

/** Single values, and lists of single values; what is empty is one, too. */
function leavesOf(value: unknown, path: Path): readonly Leaf[] {
  if (value === undefined) return [];
  if (isScalar(value)) return [[path, value]];
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    if (items.every(isScalar)) return [[path, items]];
    return items.flatMap((item, index) => leavesOf(item, [...path, index]));
  }
  if (value instanceof Map || value instanceof Set) return leavesOf([...value], path);
  const entries = Object.entries(value as object);
  return entries.length === 0 ? [[path, []]] : entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function keyAt(path: Path, value: Leaf[1], source: YamlSource | null): EffectiveKey {
  const key = formatKey(path);
  const written = source === null ? undefined : valueAt(source.value, path);
  const isSecret = isSecretPlace(Array.isArray(value) && value.length > 0 ? [...path, 0] : path);
  if (written === undefined) {
    const origin = source === null ? 'derived' : originOf(source.value, path);
    return { key, ...shown(value, isSecret), source: origin, line: null };
  }
  const { line }: ConfigProblem = source?.problemAt(path, '') ?? { file: '', line: 0, column: 0, key, message: '' };
  const filled = placeholdersIn(written);
  const [first] = filled;
  if (first === undefined) return { key, ...shown(value, isSecret), source: 'file', line };
  // What is filled in isn’t shown, whatever it is; what is written around it is only where it is no secret.
  const asWritten = isSecret ? onlyPlaceholders(written) : written;
  return { key, ...shown(asWritten as Leaf[1], false), source: first.source, line };
}

function placeholdersIn(written: unknown): readonly { readonly source: EffectiveKey['source'] }[] {
  const texts = (Array.isArray(written) ? (written as unknown[]) : [written]).filter((one) => typeof one === 'string');
  return texts.flatMap((text) =>
    [...text.matchAll(placeholder)].map(([, kind]) => ({ source: sources[kind as keyof typeof sources] })),
  );
}

function onlyPlaceholders(written: unknown): Leaf[1] {
  const placeholders = (one: unknown): string => (String(one).match(placeholder) ?? []).join('');
  return Array.isArray(written) ? (written as unknown[]).map(placeholders) : placeholders(written);
}

function shown(value: Leaf[1], isSecret: boolean): Pick<EffectiveKey, 'value' | 'hidden'> {
  const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
  if (isSecret && !isEmpty) return { value: null, hidden: true };
  const plain = (one: Scalar): Scalar => (typeof one === 'string' ? one.replaceAll(userInfo, '$1not-shown@') : one);
  return { value: Array.isArray(value) ? (value as Scalar[]).map(plain) : plain(value as Scalar), hidden: false };
}

/** Where something is from that isn’t written at its place. */
function originOf(root: unknown, path: Path): EffectiveKey['source'] {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const around = valueAt(root, path.slice(0, length));
    if (typeof around !== 'object' || around === null) continue;
    return 'preset' in around ? 'preset' : 'default';
  }
  // A provider that isn’t in the file was made of other settings.
  return typeof path[1] === 'number' ? 'derived' : 'default';
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[part];
  }
  return value;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
