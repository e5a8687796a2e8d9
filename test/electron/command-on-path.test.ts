import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Administrator } from '../../client/command-link/change-command-link.ts';
import { type CommandOnPathOptions, openCommandOnPath } from '../../electron/command-on-path.ts';

let root: string;
let resources: string;
let link: string;
let changes: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'causeway-on-path-'));
  resources = join(root, 'Causeway.app/Contents/Resources');
  link = join(root, 'bin/causeway');
  changes = 0;
  mkdirSync(join(resources, 'cli/bin'), { recursive: true });
  writeFileSync(join(resources, 'cli/bin/causeway'), '#!/bin/sh\n');
  chmodSync(join(resources, 'cli/bin/causeway'), 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const never: Administrator = { run: () => Promise.reject(new Error('Nobody was to be asked.')) };
function open(change: Partial<CommandOnPathOptions> = {}) {
  return openCommandOnPath({
    platform: 'darwin',
    isPackaged: true,
    resources,
    place: { link, apps: root, homebrew: join(root, 'homebrew/causeway'), pathLists: [] },
    administrator: never,
    onChange: () => changes++,
    onProblem: () => undefined,
    ...change,
  });
}

test('there is nothing to offer elsewhere, in a development run, and in an app that carries no command line', () => {
  // Outside of Electron there is no such folder.
  const nowhere = { resources: undefined as unknown as string };
  const linux = open({ platform: 'linux', ...nowhere });
  expect([open({ platform: 'win32' }), linux, open({ isPackaged: false, ...nowhere })]).toEqual([null, null, null]);
  rmSync(join(resources, 'cli'), { recursive: true });
  expect(open()).toBeNull();
});

test('what is set shows in the state, and what a terminal does meanwhile shows with the next look', async () => {
  const onPath = open();
  expect(onPath?.current()).toMatchObject({ link, state: { status: 'none' }, problem: null });
  await onPath?.set(true);
  expect([onPath?.current().state, changes]).toEqual([{ status: 'ours' }, 1]);
  rmSync(link);
  symlinkSync('/bin/sh', link);
  expect(onPath?.current().state).toEqual({ status: 'ours' });
  onPath?.look();
  onPath?.look();
  expect([onPath?.current().state, changes]).toEqual([{ status: 'foreign', target: '/bin/sh' }, 2]);
});

test('a failure stands beside the state until another try goes well, or something else is there', async () => {
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync('/bin/sh', link);
  const onPath = open();
  await onPath?.set(true);
  expect(onPath?.current().problem).toMatch(/isn’t this app’s/);
  onPath?.look();
  expect(onPath?.current().problem).toMatch(/isn’t this app’s/);
  rmSync(link);
  onPath?.look();
  expect(onPath?.current()).toMatchObject({ state: { status: 'none' }, problem: null });
});

test('a no to macOS’ dialogue is no failure, and a second press meanwhile asks nobody', async () => {
  let asked = 0;
  const answer = Promise.withResolvers<'declined'>();
  const onPath = open({
    place: {
      link: process.platform === 'darwin' ? '/System/causeway' : '/sys/causeway',
      apps: root,
      homebrew: join(root, 'homebrew/causeway'),
      pathLists: [],
    },
    administrator: { run: () => (asked++, answer.promise) },
  });
  const first = onPath?.set(true);
  await onPath?.set(true);
  answer.resolve('declined');
  await first;
  expect([asked, onPath?.current().problem, onPath?.current().state]).toEqual([1, null, { status: 'none' }]);
  expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
});

test('the link leads to the command line inside the app', async () => {
  await open()?.set(true);
  expect(readlinkSync(link)).toBe(join(resources, 'cli/bin/causeway'));
});
