import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesBelow } from '../../build/packages/entries-below.ts';
import { closeToOthersWriting } from '../../build/packages/file-modes.ts';
import { zipFolder } from '../../build/packages/zip-folder.ts';
import { findProgram } from '../support/install-programs.ts';

const root = mkdtempSync(join(tmpdir(), 'causeway-zip-'));
const folder = join(root, 'folder');
const outside = join(root, 'outside');

beforeAll(() => {
  mkdirSync(join(folder, 'Versions/A'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'theirs'), 'theirs');
  chmodSync(join(outside, 'theirs'), 0o600);
  writeFileSync(join(folder, 'Versions/A/run'), '#!/bin/sh\n');
  chmodSync(join(folder, 'Versions/A/run'), 0o775);
  symlinkSync('A', join(folder, 'Versions/Current'));
  symlinkSync('..', join(folder, 'Versions/A/up'));
  symlinkSync(outside, join(folder, 'out'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const names = ['Versions/A/run', 'Versions/A/up', 'Versions/Current', 'out'];

test('what lies where a link leads isn’t below the folder, also where a link leads up', async () => {
  const found = (await entriesBelow(folder)).map((entry) =>
    join(entry.parentPath, entry.name).slice(folder.length + 1),
  );
  expect(found).toEqual(['Versions', 'Versions/A', 'Versions/A/run', 'Versions/A/up', 'Versions/Current', 'out']);
});

test('a ZIP has each file once, and links as links', async () => {
  const zip = join(root, 'made.zip');
  await zipFolder(folder, zip, 'in/');
  expect(Object.keys(unzipSync(readFileSync(zip)))).toEqual(names.map((name) => `in/${name}`));
  if (findProgram('unzip') === null) return;
  execFileSync('unzip', ['-q', zip, '-d', join(root, 'unpacked')]);
  const unpacked = join(root, 'unpacked/in');
  expect(readlinkSync(join(unpacked, 'Versions/Current'))).toBe('A');
  expect(readlinkSync(join(unpacked, 'out'))).toBe(outside);
  expect(lstatSync(join(unpacked, 'Versions/Current/run')).mode & 0o111).toBe(0o111);
});

test('rights are changed below the folder, and nowhere else', async () => {
  await closeToOthersWriting(folder, ['A/run']);
  expect(lstatSync(join(folder, 'Versions/A/run')).mode & 0o777).toBe(0o755);
  expect(lstatSync(join(outside, 'theirs')).mode & 0o777).toBe(0o600);
});
