import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSomebodyElses, makeOwnFolder, othersMayChange } from '../../../relay/backup/own-folder.ts';

describe('what somebody else could put something else in the place of', () => {
  const link = (isLink: boolean) => () => isLink;
  it.each([
    ['a folder of root', { uid: 0, gid: 0, mode: 0o755 }, null],
    ['one of root and its group', { uid: 0, gid: 0, mode: 0o775 }, null],
    ['one for all, where each has their own', { uid: 0, gid: 0, mode: 0o1777 }, null],
    ['one of another user', { uid: 1000, gid: 0, mode: 0o755 }, 'is another user’s'],
    ['one that is open for all', { uid: 0, gid: 0, mode: 0o777 }, 'is open for all to write into'],
    ['one that is open for a group', { uid: 0, gid: 34, mode: 0o775 }, 'is open for a group to write into'],
  ])('%s: %o', (_what, found, why) => {
    expect(othersMayChange({ ...found, isSymbolicLink: link(false) })).toBe(why);
  });
  it('a link, by whose it is', () => {
    const found = { gid: 0, mode: 0o777, isSymbolicLink: link(true) };
    expect([othersMayChange({ ...found, uid: 0 }), othersMayChange({ ...found, uid: 7 })]).toEqual([
      null,
      'is another user’s',
    ]);
  });
});

it.each([
  ['its own', 1000, 1000, false],
  ['root’s', 0, 1000, false],
  ['another user’s', 1001, 1000, true],
  ['another user’s, for root', 1001, 0, true],
  ['anybody’s, where there are no users by number', 0, undefined, false],
])('a folder that is %s: owner %s, for %s', (_whose, owner, uid, is) => {
  expect(isSomebodyElses(owner, uid)).toBe(is);
});

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('root’s folder for a backup (skipped for other users)', () => {
  let base: string;
  beforeAll(() => {
    base = mkdtempSync('/tmp/causeway-own-');
    mkdirSync(join(base, 'theirs'));
    chownSync(join(base, 'theirs'), 65_534, 65_534);
    mkdirSync(join(base, 'mine'));
    mkdirSync(join(base, 'mine', 'given'));
    chownSync(join(base, 'mine', 'given'), 65_534, 65_534);
    mkdirSync(join(base, 'open'));
    chmodSync(join(base, 'open'), 0o777);
    symlinkSync(join(base, 'theirs'), join(base, 'mine', 'to-theirs'));
    symlinkSync(join(base, 'mine'), join(base, 'to-mine'));
    symlinkSync(join(base, 'mine'), join(base, 'theirs', 'to-mine'));
    symlinkSync('theirs/to-mine', join(base, 'by-theirs'));
    symlinkSync('mine/../to-mine', join(base, 'around'));
    symlinkSync('circle', join(base, 'circle'));
    mkdirSync(join(base, 'mine', 'full'));
    writeFileSync(join(base, 'mine', 'full', 'x'), '');
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it.each([
    ['below another user’s', 'theirs/backup', /theirs is another user’s/],
    ['far below another user’s', 'theirs/a/b/backup', /theirs is another user’s/],
    ['that is another user’s', 'mine/given', /given is another user’s/],
    ['where all may write', 'open/backup', /open is open for all/],
    ['that a link leads to another user’s', 'mine/to-theirs/backup', /theirs is another user’s/],
    ['that another user’s link on the way leads to', 'by-theirs/backup', /theirs is another user’s/],
    ['that links lead to in a circle', 'circle/backup', /Too many links/],
    ['with something in it', 'mine/full', /isn’t empty/],
  ])('isn’t one %s', async (_which, path, problem) => {
    await expect(makeOwnFolder(join(base, path))).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(problem),
    });
    if (!path.endsWith('full') && !path.endsWith('given')) expect(existsSync(join(base, path))).toBe(false);
  });

  it.each([
    ['that isn’t there', 'mine/new/backup', true],
    ['that is there and empty', 'mine/new/backup', false],
    ['by a link of root', 'to-mine/linked', true],
    ['by links of root, up and down', 'around/far/linked', true],
  ])('is one %s', async (_which, path, isMade) => {
    expect(await makeOwnFolder(join(base, path))).toBe(isMade);
  });
});
