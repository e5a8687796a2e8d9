import { describe, expect, it } from 'vitest';
import { configJsonSchema, type JsonSchema, schemaAt } from '../../relay/config/json-schema.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/configuration.md');
const schema = configJsonSchema();

type Described = JsonSchema & { readonly default?: unknown; readonly required?: readonly string[] };

/** Where the keys of each table stand in the config; those of a list stand in its entries. */
const sections: readonly (readonly [heading: string, path: readonly PropertyKey[]])[] = [
  ['## `relay`', ['relay']],
  ['## `client_policy`', ['client_policy']],
  ['## `issuers`', ['issuers', 0]],
  ['| key of `relay_client`', ['issuers', 0, 'relay_client']],
  ['| key of `introspection`', ['issuers', 0, 'introspection']],
  ['| key of `groups_lookup`', ['issuers', 0, 'groups_lookup']],
  ['## `saml`', ['saml']],
  ['## `apis`', ['apis', 0]],
  ['### `rules`', ['apis', 0, 'rules', 0]],
  ['### `request_limits`', ['apis', 0, 'request_limits', 0]],
  ['## `limits`', ['limits']],
  ['## `log`', ['log']],
  ['## `shared_state`', ['shared_state']],
  ['## `admin`', ['admin']],
  ['| key of `console`', ['admin', 'console']],
  ['| key of `sign_in`', ['admin', 'console', 'sign_in', 0]],
  ['## `audit`', ['audit']],
  ['### `sinks`', ['audit', 'sinks', 0]],
  ['## `anomalies`', ['anomalies']],
];

/** The keys of a row: `a`, `b` side by side, or one inside another as `a`: `b` or `a.b`. */
function keysOf(cell: string): readonly (readonly string[])[] {
  const codes = codesIn(cell);
  if (cell.includes('`: `')) return [codes];
  return codes.map((code) => code.split('.'));
}

/** A default in the words of the page; undefined where only prose can say it. */
function defaultWords({ default: value }: Described): string | undefined {
  if (typeof value === 'string') return value === '' ? 'empty' : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

describe.each(sections)('the table under %s', (heading, path) => {
  const at = schemaAt(schema, path) as Described;
  const rows = tableIn(sectionOf(page, heading)).map(({ default: told = '', ...row }) => ({
    keys: keysOf(Object.values(row)[0] ?? ''),
    told: told.replaceAll('`', '').split(', '),
  }));
  const documented = rows.flatMap(({ keys }) => keys);

  it('has every key that the relay takes there, and no other', () => {
    expect(new Set(documented.map(([first]) => first))).toEqual(new Set(Object.keys(at.properties ?? {})));
    for (const key of documented) expect(schemaAt(at, key), key.join('.')).toBeDefined();
  });

  it('says which keys are required, and which defaults the others have', () => {
    for (const { keys, told } of rows) {
      for (const [index, key] of keys.entries()) {
        const parent = schemaAt(at, key.slice(0, -1)) as Described;
        const isRequired = parent.required?.includes(key.at(-1) ?? '') === true || told.includes('or from preset');
        const said = (told.length === keys.length ? told[index] : told[0])?.split(':')[0];
        expect(said === 'required', `${key.join('.')} is required`).toBe(isRequired);
        const words = defaultWords(schemaAt(at, key) as Described);
        if (words !== undefined) expect(said, key.join('.')).toBe(words);
      }
    }
  });
});
