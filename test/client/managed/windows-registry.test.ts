import koffi from 'koffi';
import { expect, test } from 'vitest';
import { decodeRegistryValue } from '../../../client/managed/registry-value.ts';
import { type RegistryFunctions, registryOver, registryPrototypes } from '../../../client/managed/windows-registry.ts';
import { rawValue } from './support/policy-places.ts';

const moreData = 234;
const noMoreItems = 259;
const key = 'Software\\Policies\\Causeway';

/** advapi32.dll as its documentation has it, over values of the test’s own. */
function fakeFunctions(
  values: readonly ReturnType<typeof rawValue>[],
  change: Partial<Record<'open' | 'enumerate', number>> = {},
): RegistryFunctions & { readonly closed: bigint[]; readonly opened: unknown[][] } {
  const closed: bigint[] = [];
  const opened: unknown[][] = [];
  return {
    closed,
    opened,
    open: (hive, name, options, rights, handle) => {
      opened.push([hive, name, options, rights]);
      handle.writeBigInt64LE(77n, 0);
      return change.open ?? 0;
    },
    enumerate: (_key, index, name, nameCharacters, _reserved, type, data, bytes) => {
      if (change.enumerate !== undefined) return change.enumerate;
      const value = values[index];
      if (value === undefined) return noMoreItems;
      const room = bytes.readUInt32LE(0);
      bytes.writeUInt32LE(value.data.length, 0);
      if (value.data.length > room) return moreData;
      name.write(value.name, 'utf16le');
      nameCharacters.writeUInt32LE(value.name.length, 0);
      type.writeUInt32LE(value.type, 0);
      data.set(value.data);
      return 0;
    },
    close: (handle) => {
      closed.push(handle);
      return 0;
    },
  };
}

test.each(Object.entries(registryPrototypes))('the declaration of %s can be read', (_name, prototype) => {
  expect(() => koffi.proto(prototype.replace(/(Reg\w+)/, '$1ForTest'))).not.toThrow();
});

test('all values come, short and long ones, and the key is closed', () => {
  const long = Array.from({ length: 2_000 }, (_, index) => `https://relay-${index}.example.com`);
  const functions = fakeFunctions([
    rawValue(['deviceName', 'PC']),
    rawValue(['relays', long]),
    rawValue(['updates', 'ask']),
  ]);
  const values = registryOver(functions).valuesOf('HKLM', key) ?? [];
  expect(values.map(({ name }) => name)).toEqual(['deviceName', 'relays', 'updates']);
  expect(values.map(decodeRegistryValue)).toEqual(['PC', long, 'ask']);
  expect(functions.closed).toEqual([77n]);
  // HKEY_LOCAL_MACHINE as a pointer has it; only to read, and the registry that all programs share.
  expect(functions.opened).toEqual([[-2_147_483_646, key, 0, 0x0101]]);
});

test.each([
  ['there is no such key', { open: 2 }, null],
  ['it mayn’t be opened', { open: 5 }, /error 5/],
  ['a value can’t be had', { enumerate: 1018 }, /error 1018/],
  ['a value never ends', { enumerate: moreData }, /error 234/],
] as const)('where %s, that is said', (_what, change, expected) => {
  const functions = fakeFunctions([rawValue(['deviceName', 'PC'])], change);
  const look = () => registryOver(functions).valuesOf('HKCU', key);
  if (expected === null) expect(look()).toBeNull();
  else expect(look).toThrow(expected);
  expect(functions.closed).toHaveLength('open' in change ? 0 : 1);
});
