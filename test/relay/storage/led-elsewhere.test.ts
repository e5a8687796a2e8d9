import { chownSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import type * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makePrivateFolder } from '../../../relay/storage/give-to-owner.ts';
import { makePrivateFile } from '../../../relay/storage/make-private-file.ts';
import { writePrivateFile } from '../../../relay/storage/write-private-file.ts';
import { temporaryFolder } from '../audit/audit-fixtures.ts';

/** What another user does right after something of that name was made. */
const meanwhile = vi.hoisted((): { name: string; act: (() => void) | undefined } => ({ name: '', act: undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof nodeFs>();
  const acted =
    <Result>(call: (...given: never[]) => Result) =>
    (...given: readonly unknown[]): Result => {
      const result = call(...(given as never[]));
      const { name, act } = meanwhile;
      if (act !== undefined && String(given[0]).includes(`/${name}`)) {
        meanwhile.act = undefined;
        act();
      }
      return result;
    };
  return { ...fs, mkdirSync: acted(fs.mkdirSync), openSync: acted(fs.openSync) };
});

const nobody = 65_534;
const ownerOf = (path: string): number => lstatSync(path).uid;

describe.runIf(process.geteuid?.() === 0)('what root makes in a folder of another user, who leads it elsewhere', () => {
  let folder: string;
  let theirs: string;
  let roots: string;
  beforeEach(() => {
    folder = temporaryFolder();
    theirs = join(folder, 'theirs');
    roots = join(folder, 'roots');
    for (const path of [theirs, roots, join(roots, 'data')]) mkdirSync(path);
    chownSync(theirs, nobody, nobody);
  });
  afterEach(() => {
    meanwhile.act = undefined;
  });
  const after = (name: string, act: () => void): void => {
    Object.assign(meanwhile, { name, act });
  };

  it('folders on the way: nothing of root’s is given away', () => {
    const way = join(theirs, 'a');
    after('data', () => {
      renameSync(way, `${way}.away`);
      symlinkSync(roots, way);
    });
    makePrivateFolder(join(way, 'data'));
    expect(meanwhile.act).toBeUndefined();
    expect([ownerOf(roots), ownerOf(join(roots, 'data'))]).toEqual([0, 0]);
    expect([ownerOf(`${way}.away`), ownerOf(`${way}.away/data`)]).toEqual([nobody, nobody]);
  });

  it('a link in place of a folder that was just made: it isn’t followed', () => {
    const way = join(theirs, 'a');
    after('a', () => {
      renameSync(way, `${way}.away`);
      symlinkSync(roots, way);
    });
    expect(() => makePrivateFolder(join(way, 'new'))).toThrow(/ELOOP|ENOTDIR/);
    expect(ownerOf(join(roots, 'data'))).toBe(0);
    expect(() => ownerOf(join(roots, 'new'))).toThrow('ENOENT');
  });

  it.each<[what: string, make: (path: string) => void]>([
    ['an empty file', makePrivateFile],
    ['a file with content', (path) => writePrivateFile(path, 'x')],
  ])('%s has the owner of the folder that it is in', (_what, make) => {
    const way = join(theirs, 'way');
    symlinkSync(roots, way);
    after('file', () => {
      rmSync(way);
      symlinkSync(theirs, way);
    });
    try {
      make(join(way, 'file'));
    } catch (error) {
      // Its name by the way that was changed isn’t there any more.
      expect(error).toMatchObject({ code: 'ENOENT' });
    }
    expect(meanwhile.act).toBeUndefined();
    const [made = ''] = readdirSync(roots).filter((name) => name !== 'data');
    expect(made).toMatch(/^file/);
    expect(ownerOf(join(roots, made))).toBe(0);
  });
});
