import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOMParser, type Element } from '@xmldom/xmldom';
import { describe, expect, test } from 'vitest';
import { docsPage, withDocsTable } from '../../build/policy/docs-table.ts';
import { policyTemplates } from '../../build/policy/templates.ts';
import { exampleOf, registryLines, templateKeys } from '../../build/policy/policy-facts.ts';
import { plistValue } from '../../build/policy/mac-templates.ts';
import { judgePolicy } from '../../client/managed/judge-policy.ts';
import { createWindowsPolicyReader, windowsPolicyKey } from '../../client/managed/read-windows-policy.ts';
import { macPolicyDomain } from '../../client/managed/read-mac-policy.ts';
import { managedKeyNames, managedKeys } from '../../shared/managed/managed-keys.ts';
import { rawValue } from '../client/managed/support/policy-places.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const templates = policyTemplates();
const source = { scope: 'machine', place: 'template' } as const;

function fileOf(path: string): string {
  const text = templates.get(path);
  if (text === undefined) throw new Error(`There is no ${path}`);
  return text;
}

function parseXml(path: string): readonly Element[] {
  const faults: string[] = [];
  const document = new DOMParser({ onError: (_level, message) => faults.push(message) }).parseFromString(
    fileOf(path),
    'text/xml',
  );
  expect(faults).toEqual([]);
  return Array.from(document.getElementsByTagName('*'));
}

const named = (elements: readonly Element[], name: string): readonly Element[] =>
  elements.filter(({ tagName }) => tagName === name);
const attribute = (element: Element, name: string): string => element.getAttribute(name) ?? '';

test.each([...templates.keys()])('%s is as the schema says: npm run policy-templates', (path) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(templates.get(path));
});

test('the page’s table is as the schema says: npm run policy-templates', () => {
  const page = readFileSync(join(root, docsPage), 'utf8');
  expect(withDocsTable(page)).toBe(page);
  for (const key of managedKeyNames) expect(page).toContain(`\n| \`${key}\` |`);
  expect(page).toContain(windowsPolicyKey);
  expect(page).toContain(macPolicyDomain);
});

describe('group policy', () => {
  const admx = 'deploy/policy/windows/Causeway.admx';

  test('has each key once, in the registry’s place, with what the key takes', () => {
    const policies = named(parseXml(admx), 'policy');
    expect(policies.map((policy) => attribute(policy, 'name'))).toEqual(managedKeyNames);
    for (const policy of policies) {
      expect(attribute(policy, 'key')).toBe(windowsPolicyKey);
      expect(attribute(policy, 'class')).toBe('Both');
      const values = [policy, ...Array.from(policy.getElementsByTagName('*'))].map((one) =>
        attribute(one, 'valueName'),
      );
      expect(values.filter((value) => value !== '')).toEqual([attribute(policy, 'name')]);
    }
  });

  test.each(['en-US', 'de-DE'])('%s has each text and form that it names, and no other', (language) => {
    const asked = [...fileOf(admx).matchAll(/\$\((string|presentation)\.(\w+)\)/g)].map(
      ([, kind, id]) => `${kind} ${id}`,
    );
    const texts = parseXml(`deploy/policy/windows/${language}/Causeway.adml`);
    const told = [...named(texts, 'string'), ...named(texts, 'presentation')].map(
      (one) => `${one.tagName} ${attribute(one, 'id')}`,
    );
    expect(told.toSorted()).toEqual([...new Set(asked)].toSorted());
    for (const one of named(texts, 'string')) expect(one.textContent?.trim()).not.toBe('');
  });

  test('what it writes into the registry is what the reader takes', async () => {
    const written = templateKeys.map((key) => {
      const example = exampleOf(key);
      const isLines = key.form.type === 'list' || key.form.type === 'table';
      return rawValue([key.name, isLines ? registryLines(example) : example]);
    });
    const reader = createWindowsPolicyReader({ valuesOf: (hive) => (hive === 'HKLM' ? written : null) });
    const { values, problems } = judgePolicy(await reader.read());
    expect(problems).toEqual([]);
    expect(Object.keys(values)).toEqual(managedKeyNames);
  });

  test('Intune’s examples name each key’s policy and its data', () => {
    const { settings } = JSON.parse(fileOf('deploy/policy/windows/intune-oma-uri.json')) as {
      readonly settings: readonly { readonly omaUri: string; readonly value: string }[];
    };
    const [ingest, ...others] = settings;
    expect(ingest?.omaUri).toContain('/ADMXInstall/Causeway/Policy/');
    expect(others.map(({ omaUri }) => omaUri)).toEqual(
      managedKeyNames.map((key) => `./Device/Vendor/MSFT/Policy/Config/Causeway~Policy~Causeway/${key}`),
    );
    for (const [index, { value }] of others.entries()) {
      const faults: string[] = [];
      new DOMParser({ onError: (_level, message) => faults.push(message) }).parseFromString(
        `<x>${value}</x>`,
        'text/xml',
      );
      expect(faults).toEqual([]);
      const key = templateKeys[index];
      if (key?.form.type !== 'boolean') expect(value).toContain(`<data id="${key?.name}"`);
    }
  });
});

const readPlist = `
import json, plistlib, sys
print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))
`;

describe('macOS', () => {
  test('the profile is a property list whose settings all hold, also those in comments', () => {
    const text = fileOf('deploy/policy/macos/causeway.mobileconfig');
    const read = (plist: string): { PayloadContent: readonly Record<string, unknown>[] } =>
      JSON.parse(execFileSync('python3', ['-c', readPlist], { input: plist, encoding: 'utf8' })) as {
        PayloadContent: readonly Record<string, unknown>[];
      };
    const whole = text.replaceAll(/<!--\n([^]*?)-->/g, '$1');
    for (const [plist, keys] of [
      [text, ['relays', 'supportContact', 'telemetry']],
      [whole, managedKeyNames],
    ] as const) {
      const [payload = {}] = read(plist).PayloadContent;
      expect(payload['PayloadType']).toBe(macPolicyDomain);
      const entries = Object.fromEntries(Object.entries(payload).filter(([key]) => !key.startsWith('Payload')));
      const { values, problems } = judgePolicy([{ status: 'read', source, entries }]);
      expect(problems).toEqual([]);
      expect(Object.keys(values)).toEqual(keys);
    }
    expect(plistValue({ a: ['<&>', true, 7] }).join('')).toContain('<string>&lt;&amp;&gt;</string>');
  });

  test('Jamf’s manifest has each key with its type', () => {
    const { properties } = JSON.parse(fileOf('deploy/policy/macos/jamf-manifest.json')) as {
      readonly properties: Readonly<Record<string, { readonly type: string; readonly title: string }>>;
    };
    expect(Object.keys(properties)).toEqual(managedKeyNames);
    const types = {
      boolean: 'boolean',
      whole: 'integer',
      choice: 'string',
      text: 'string',
      list: 'array',
      table: 'object',
    };
    for (const key of templateKeys) expect(properties[key.name]?.type, key.name).toBe(types[key.form.type]);
  });
});

describe('JSON', () => {
  test('the schema has each key, and examples that hold', () => {
    const { properties, additionalProperties } = JSON.parse(fileOf('deploy/policy/policy.schema.json')) as {
      readonly properties: Readonly<Record<string, { readonly examples?: readonly unknown[] }>>;
      readonly additionalProperties: boolean;
    };
    expect(additionalProperties).toBe(false);
    expect(Object.keys(properties)).toEqual(['$schema', ...managedKeyNames]);
    for (const key of managedKeyNames) {
      for (const example of properties[key]?.examples ?? []) {
        expect(managedKeys[key].schema.safeParse(example).success, key).toBe(true);
      }
    }
  });

  test('the example for Linux holds whole', () => {
    const { $schema, ...entries } = JSON.parse(fileOf('deploy/policy/linux/policy.json')) as Record<string, unknown>;
    expect($schema).toBe('../policy.schema.json');
    expect(judgePolicy([{ status: 'read', source, entries }]).problems).toEqual([]);
  });
});
