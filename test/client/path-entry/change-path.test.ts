import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { registryTypes } from '../../../client/managed/registry-value.ts';
import { changePath } from '../../../client/path-entry/change-path.ts';
import {
  type EnvironmentFunctions,
  environmentPrototypes,
  type EnvironmentText,
  type PathScope,
  pathStoreOver,
} from '../../../client/path-entry/environment-key.ts';
import { withEntry, withoutEntry } from '../../../client/path-entry/path-value.ts';

const folder = String.raw`C:\Users\ann\AppData\Local\Programs\Causeway\resources\cli\bin`;
const windows = String.raw`%SystemRoot%\system32;C:\Windows`;

describe('a folder goes onto PATH', () => {
  test.each([
    ['that is empty', '', folder],
    ['at its end', windows, `${windows};${folder}`],
    ['that ends in a semicolon', `${windows};`, `${windows};${folder}`],
    ['once', `${windows};${folder}`, `${windows};${folder}`],
    ['once, however it is written', `${folder.toUpperCase()}\\;${windows}`, `${folder.toUpperCase()}\\;${windows}`],
    ['once, in quotes', `"${folder}";${windows}`, `"${folder}";${windows}`],
    ['beside one whose name begins like it', `${folder}2`, `${folder}2;${folder}`],
  ])('%s', (_how, before, after) => {
    expect(withEntry(before, folder)).toBe(after);
  });

  test('in quotes, where its name has a semicolon', () => {
    expect(withEntry('C:\\a', 'C:\\x;y')).toBe('C:\\a;"C:\\x;y"');
    expect(withoutEntry('C:\\a;"C:\\x;y";C:\\b', 'C:\\x;y')).toBe('C:\\a;C:\\b');
  });

  test('not where there is no room, and PATH stays', () => {
    const long = 'C:\\a;'.repeat(6_552);
    expect(() => withEntry(long, folder)).toThrow(/no room/u);
  });
});

describe('a folder goes from PATH', () => {
  test.each([
    ['alone', folder, ''],
    ['from its end', `${windows};${folder}`, windows],
    ['from between', `C:\\a;${folder};C:\\b`, 'C:\\a;C:\\b'],
    ['wherever it stands', `${folder};C:\\a;"${folder}\\"`, 'C:\\a'],
    ['where it isn’t', `${windows};;"C:\\a;b";`, `${windows};;"C:\\a;b";`],
    ['and what is odd beside it stays', `;${folder};;"C:\\a;b";"open`, ';;"C:\\a;b";"open'],
  ])('%s', (_how, before, after) => {
    expect(withoutEntry(before, folder)).toBe(after);
  });

  test('as it came: all else is as before', () => {
    for (const before of [windows, `${windows};"C:\\a;b"`, 'C:\\ä;C:\\日本'])
      expect(withoutEntry(withEntry(before, folder), folder)).toBe(before);
  });
});

interface Fake extends EnvironmentFunctions {
  readonly opened: unknown[][];
  readonly closed: bigint[];
  readonly written: EnvironmentText[];
  readonly sent: unknown[][];
}

/** The system’s functions as their documentation has them, over one value. */
function fakeFunctions(
  value: { readonly type: number; readonly data: Buffer } | null,
  results: Partial<Record<'open' | 'query' | 'put', number>> = {},
): Fake {
  const [opened, closed, written, sent]: [unknown[][], bigint[], EnvironmentText[], unknown[][]] = [[], [], [], []];
  return {
    opened,
    closed,
    written,
    sent,
    open(hive, key, _options, rights, handle) {
      opened.push([hive, key, rights]);
      handle.writeBigInt64LE(77n, 0);
      return results.open ?? 0;
    },
    query(_key, name, _reserved, type, data, bytes) {
      expect(name).toBe('Path');
      if (results.query !== undefined) return results.query;
      if (value === null) return 2;
      type.writeUInt32LE(value.type);
      value.data.copy(data);
      bytes.writeUInt32LE(value.data.length);
      return 0;
    },
    put(_key, _name, _reserved, type, data, bytes) {
      const text = data.toString('utf16le', 0, bytes);
      expect(text.endsWith('\0')).toBe(true);
      if (results.put === undefined) written.push({ type, text: text.slice(0, -1) });
      return results.put ?? 0;
    },
    close(key) {
      closed.push(key);
      return 0;
    },
    send(...words) {
      sent.push(words.slice(0, 4));
      return 1;
    },
  };
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

describe('PATH in the registry', () => {
  test.each<[PathScope, number, string]>([
    ['user', -2_147_483_647, 'Environment'],
    ['machine', -2_147_483_646, String.raw`SYSTEM\CurrentControlSet\Control\Session Manager\Environment`],
  ])('of the %s keeps its type, and programs are told', (scope, hive, key) => {
    const fake = fakeFunctions({ type: registryTypes.expandSz, data: utf16(`${windows}\0`) });
    expect(changePath(pathStoreOver(fake, scope), 'add', folder)).toBe(true);
    expect(fake.opened.map(([where, name]) => [where, name])).toEqual([
      [hive, key],
      [hive, key],
    ]);
    expect(fake.written).toEqual([{ type: registryTypes.expandSz, text: `${windows};${folder}` }]);
    expect(fake.sent).toEqual([[0xffff, 0x1a, 0, 'Environment']]);
    expect(fake.closed).toEqual([77n, 77n]);
  });

  test('that isn’t there yet is made; that has what is wanted is left alone', () => {
    const none = fakeFunctions(null);
    expect(changePath(pathStoreOver(none, 'user'), 'remove', folder)).toBe(false);
    expect(changePath(pathStoreOver(none, 'user'), 'add', folder)).toBe(true);
    expect(none.written).toEqual([{ type: registryTypes.expandSz, text: folder }]);
    const there = fakeFunctions({ type: registryTypes.sz, data: utf16(folder) });
    expect(changePath(pathStoreOver(there, 'user'), 'add', folder)).toBe(false);
    expect([there.written, there.sent]).toEqual([[], []]);
  });

  test.each([
    ['is no text', { type: registryTypes.binary, data: Buffer.of(1) }, {}, /no text/u],
    ['is too long to be read', { type: registryTypes.sz, data: utf16('x') }, { query: 234 }, /error 234/u],
    ['isn’t ours to read', { type: registryTypes.sz, data: utf16('x') }, { open: 5 }, /error 5/u],
    ['isn’t ours to write', { type: registryTypes.sz, data: utf16('x') }, { put: 5 }, /error 5/u],
  ])('that %s stays as it is', (_what, value, results, told) => {
    const fake = fakeFunctions(value, results);
    expect(() => changePath(pathStoreOver(fake, 'machine'), 'add', folder)).toThrow(told);
    expect([fake.written, fake.sent]).toEqual([[], []]);
  });

  test('its functions are declared as koffi reads declarations', () => {
    for (const prototype of Object.values(environmentPrototypes)) expect(() => koffi.proto(prototype)).not.toThrow();
  });
});
