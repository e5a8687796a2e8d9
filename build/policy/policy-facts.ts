import { createHash } from 'node:crypto';
import type { KeyForm } from '../../shared/managed/key-forms.ts';
import { type ManagedKey, managedKeyNames, managedKeys } from '../../shared/managed/managed-keys.ts';

/** The keys’ domain on macOS: what the app’s bundle is called. */
export const policyDomain = 'io.causeway.desktop';
/** Where the registry has them. */
export const policyRegistryKey = String.raw`Software\Policies\Causeway`;

/** A key with what the templates say of it. */
export interface TemplateKey {
  readonly name: ManagedKey;
  readonly form: KeyForm;
  readonly title: { readonly en: string; readonly de: string };
  readonly text: { readonly en: string; readonly de: string };
  readonly fallback: { readonly en: string; readonly de: string };
  readonly applies: readonly string[];
}

/** All keys, in their order. */
export const templateKeys: readonly TemplateKey[] = managedKeyNames.map((name) => ({ name, ...managedKeys[name] }));

/** What examples set: only what does no harm where somebody installs one as it is. */
export const exampleValues: Readonly<Record<string, unknown>> = {
  relays: ['https://relay.example.com'],
  supportContact: 'it-help@example.com',
  telemetry: 'none',
};

/** A value that a key takes. */
export function exampleOf({ form }: Pick<TemplateKey, 'form'>): unknown {
  switch (form.type) {
    case 'boolean':
      return true;
    case 'whole':
      return Math.min(form.max, Math.max(form.min, 30));
    case 'choice':
      return form.choices[0];
    case 'text':
    case 'list':
    case 'table':
      return form.example;
  }
}

/** The lines that stand in the registry for a list or a table. */
export function registryLines(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.map(String)
    : Object.entries(value ?? {}).map(([name, item]) => `${name}=${String(item)}`);
}

/** Text for XML. */
export function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A UUID that is the same in each making: version 8 (RFC 9562 §5.8), from a name. */
export function stableUuid(name: string): string {
  const hex = createHash('sha256').update(`causeway-policy ${name}`).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-').toUpperCase();
}
