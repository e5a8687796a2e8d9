import { managedKeyNames, managedKeys } from '../../shared/managed/managed-keys.ts';
import type { PolicyDocument } from './judge-policy.ts';
import type { PolicyReader } from './policy-reader.ts';
import { decodeRegistryValue, type RawRegistryValue } from './registry-value.ts';

/** Where group policies and MDM systems put the settings of a program. */
export const windowsPolicyKey = String.raw`Software\Policies\Causeway`;

/** The registry, as far as policies need it. */
export interface Registry {
  /** Values of a key; null when there is no such key. @throws Error when it can’t be read */
  valuesOf(hive: 'HKLM' | 'HKCU', key: string): readonly RawRegistryValue[] | null;
}

/** Reads the person’s policies, then the computer’s, which are stronger. Only administrators can write there. */
export function createWindowsPolicyReader(registry: Registry): PolicyReader {
  return {
    read: async () => [...documentsOf(registry, 'HKCU', 'user'), ...documentsOf(registry, 'HKLM', 'machine')],
  };
}

function documentsOf(registry: Registry, hive: 'HKLM' | 'HKCU', scope: 'machine' | 'user'): readonly PolicyDocument[] {
  const place = `${hive}\\${windowsPolicyKey}`;
  try {
    const values = registry.valuesOf(hive, windowsPolicyKey);
    if (values === null) return [];
    // Group policy leaves orders such as “**del.proxy” there; the default value has no name.
    const settings = values.filter(({ name }) => name !== '' && !name.startsWith('**'));
    const entries = Object.fromEntries(settings.map(entryOf));
    return [{ status: 'read', source: { scope, place }, entries }];
  } catch (error) {
    return [{ status: 'refused', problem: { place, fault: 'unreadable', detail: (error as Error).message } }];
  }
}

/** Names count regardless of case, as everywhere in the registry; tables are lines of `name=value`. */
function entryOf(raw: RawRegistryValue): readonly [string, unknown] {
  const key = managedKeyNames.find((name) => name.toLowerCase() === raw.name.toLowerCase());
  const value = decodeRegistryValue(raw);
  if (key === undefined) return [raw.name, value];
  const { form } = managedKeys[key];
  if (form.type === 'boolean' && (value === 0 || value === 1)) return [key, value === 1];
  if (form.type === 'table' && Array.isArray(value)) return [key, tableOf(value, form.of)];
  return [key, value];
}

/** What isn’t well-formed stays as it is, so that the schema names it. */
function tableOf(lines: readonly string[], of: 'text' | 'whole'): unknown {
  const pairs = lines.map((line) => /^([^=]+)=(.*)$/.exec(line));
  if (pairs.some((pair) => pair === null)) return lines;
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const [, name = '', value = ''] = pair ?? [];
      return [[name.trim(), of === 'whole' && /^\s*\d+\s*$/.test(value) ? Number(value) : value.trim()]];
    }),
  );
}
