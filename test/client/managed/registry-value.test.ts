import { expect, test } from 'vitest';
import { decodeRegistryValue, registryTypes } from '../../../client/managed/registry-value.ts';
import { judgePolicy } from '../../../client/managed/judge-policy.ts';
import { createWindowsPolicyReader } from '../../../client/managed/read-windows-policy.ts';
import { rawValue } from './support/policy-places.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const { sz, expandSz, binary, dword, dwordBigEndian, multiSz, qword } = registryTypes;

test.each<[string, number, Buffer, unknown]>([
  ['a text', sz, utf16('Zimmer 7 – ß\0'), 'Zimmer 7 – ß'],
  ['a text without its end', sz, utf16('PC-4711'), 'PC-4711'],
  ['a text with more behind its end', sz, utf16('PC\0garbage'), 'PC'],
  ['a text that ends in half a character', sz, Buffer.concat([utf16('PC'), Buffer.of(0x41)]), 'PC'],
  ['a text of nothing', sz, Buffer.alloc(0), ''],
  ['several texts', multiSz, utf16('a\0b\0\0'), ['a', 'b']],
  ['several texts without their end', multiSz, utf16('a\0b'), ['a', 'b']],
  ['several texts that end in half a character', multiSz, Buffer.concat([utf16('a\0'), Buffer.of(1)]), ['a']],
  ['no texts', multiSz, utf16('\0'), []],
  ['a number', dword, Buffer.of(1, 2, 0, 0), 513],
  ['the largest number', dword, Buffer.of(255, 255, 255, 255), 4_294_967_295],
  ['a number the other way round', dwordBigEndian, Buffer.of(0, 0, 2, 1), 513],
  ['a number of a wrong size', dword, Buffer.of(1, 0), undefined],
  ['a large number', qword, Buffer.of(1, 0, 0, 0, 1, 0, 0, 0), 4_294_967_297],
  ['a large number of a wrong size', qword, Buffer.of(1, 0, 0, 0), undefined],
  ['bytes', binary, Buffer.of(1), undefined],
  ['a text with variables of the person’s', expandSz, utf16('%USERPROFILE%\\browser.exe\0'), undefined],
  ['a type that nobody knows', 99, Buffer.of(1), undefined],
])('%s', (_what, type, data, expected) => {
  expect(decodeRegistryValue({ name: 'x', type, data })).toEqual(expected);
});

test('names count regardless of case; group policy’s own orders and the nameless value don’t', async () => {
  const values = [
    rawValue(['STARTATLOGIN', 1]),
    rawValue(['**del.proxy', ' ']),
    rawValue(['', 'x']),
    rawValue(['Ports', ['orders=7110', 'inventory = 7111']]),
    rawValue(['deviceAttributes2', 'x']),
    { name: 'signInEndNoticeMinutes', type: qword, data: Buffer.of(90, 0, 0, 0, 0, 0, 0, 0) },
    rawValue(['logLevel', ['debug']]),
  ];
  const reader = createWindowsPolicyReader({ valuesOf: (hive) => (hive === 'HKLM' ? values : null) });
  const state = judgePolicy(await reader.read());
  expect(Object.fromEntries(Object.entries(state.values).map(([key, { value }]) => [key, value]))).toEqual({
    startAtLogin: true,
    ports: { orders: 7110, inventory: 7111 },
    signInEndNoticeMinutes: 90,
  });
  expect(state.problems.map((problem) => ('key' in problem ? problem.key : problem.fault))).toEqual([
    'deviceAttributes2',
    'logLevel',
  ]);
});

test('a registry that can’t be read is named, and the other hive holds', async () => {
  const reader = createWindowsPolicyReader({
    valuesOf: (hive) => {
      if (hive === 'HKCU') throw new Error('Windows doesn’t let it be read (error 5).');
      return [rawValue(['deviceName', 'PC'])];
    },
  });
  const { values, problems } = judgePolicy(await reader.read());
  expect(values.deviceName?.value).toBe('PC');
  expect(problems).toEqual([
    {
      place: String.raw`HKCU\Software\Policies\Causeway`,
      fault: 'unreadable',
      detail: 'Windows doesn’t let it be read (error 5).',
    },
  ]);
});
