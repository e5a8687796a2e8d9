import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Administrator,
  administratorCommand,
  changeCommandLink,
} from '../../../client/command-link/change-command-link.ts';
import { macAdministrator } from '../../../client/command-link/mac-administrator.ts';
import { type CommandPlace, readCommandLink } from '../../../client/command-link/read-command-link.ts';
import { shellCommand } from '../../../client/command-link/shell-command.ts';

const within = 'Contents/Resources/cli/bin/causeway';
let root: string;
let place: CommandPlace;
let command: string;

/** An app’s bundle with a command line that says whose it is. */
function layOutApp(folder: string, says: string): string {
  const path = join(root, folder, 'Causeway.app', within);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${says}\n`);
  chmodSync(path, 0o755);
  return path;
}

beforeEach(() => {
  // As a person’s folder may be called.
  root = mkdtempSync(join(tmpdir(), `causeway "Ann's" $(apps) \\ – `));
  command = layOutApp('Applications', 'ours');
  place = {
    link: join(root, 'usr local/bin/causeway'),
    apps: join(root, 'Applications'),
    homebrew: join(root, 'homebrew/bin/causeway'),
    pathLists: [join(root, 'paths'), join(root, 'paths.d')],
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const nobody: Administrator = { run: () => Promise.reject(new Error('Nobody was to be asked.')) };
/** An administrator who gives the password: the command runs, as macOS would have it run. */
const willing: Administrator = {
  async run(words) {
    execFileSync('/bin/sh', ['-c', words], { stdio: 'pipe' });
    return 'done';
  },
};
const look = () => readCommandLink(place, command);
const change = (wanted: boolean, administrator = nobody) => changeCommandLink(place, command, wanted, administrator);
const standThere = (target: string): void => {
  mkdirSync(dirname(place.link), { recursive: true });
  symlinkSync(target, place.link);
};

describe('what stands there is told apart', () => {
  test('nothing', () => expect(look().state).toEqual({ status: 'none' }));

  test('this app’s, also over another link', () => {
    standThere(command);
    expect(look().state).toEqual({ status: 'ours' });
    rmSync(place.link);
    symlinkSync(join(root, 'Applications'), join(root, 'Apps'));
    symlinkSync(join(root, 'Apps/Causeway.app', within), place.link);
    expect(look().state).toEqual({ status: 'ours' });
  });

  test('another copy of the app, and one that isn’t there any more', () => {
    const other = layOutApp('Downloads', 'another');
    standThere(other);
    expect(look().state).toEqual({ status: 'other-copy', target: other });
    rmSync(join(root, 'Downloads'), { recursive: true });
    expect(look().state).toEqual({ status: 'gone', target: other });
  });

  test('this app’s own name for its command counts as gone when the command isn’t there', () => {
    standThere(command);
    rmSync(command);
    expect(look().state).toEqual({ status: 'gone', target: command });
  });

  test('another program’s link, one that leads nowhere, a file and a folder', () => {
    standThere('/bin/sh');
    expect(look().state).toEqual({ status: 'foreign', target: '/bin/sh' });
    rmSync(place.link);
    symlinkSync('../Cellar/causeway/1/bin/causeway', place.link);
    expect(look().state).toEqual({ status: 'foreign', target: '../Cellar/causeway/1/bin/causeway' });
    rmSync(place.link);
    writeFileSync(place.link, '');
    expect(look().state).toEqual({ status: 'foreign', target: null });
    rmSync(place.link);
    mkdirSync(place.link);
    expect(look().state).toEqual({ status: 'foreign', target: null });
  });

  test('Homebrew’s, which comes first on PATH; ours beside it is ours', () => {
    mkdirSync(dirname(place.homebrew), { recursive: true });
    writeFileSync(place.homebrew, '');
    expect(look().state).toEqual({ status: 'homebrew', at: place.homebrew });
    standThere(command);
    expect(look().state).toEqual({ status: 'ours' });
  });

  test.each([
    '/Volumes/Causeway/Causeway.app',
    '/private/var/folders/x/AppTranslocation/0F-1/d/Causeway.app',
    '/Users/ann/Applications/Causeway.app',
    '/Users/ann/Downloads/Causeway.app',
  ])('an app in %s is no place to lead to, nor from another copy’s link to it', async (app) => {
    const elsewhere = join(app, within);
    expect(readCommandLink(place, elsewhere).state).toEqual({ status: 'not-installed' });
    standThere(join(root, 'Gone.app', within));
    await expect(changeCommandLink(place, elsewhere, true, nobody)).rejects.toThrow('Move Causeway to Applications');
    expect(readlinkSync(place.link)).toBe(join(root, 'Gone.app', within));
  });

  test('whether the system’s lists have the folder', () => {
    expect(look().isFolderOnPath).toBe(false);
    writeFileSync(join(root, 'paths'), '/usr/bin\n/bin\n');
    expect(look().isFolderOnPath).toBe(false);
    mkdirSync(join(root, 'paths.d'));
    writeFileSync(join(root, 'paths.d/10-acme'), `${dirname(place.link)}\n`);
    expect(look().isFolderOnPath).toBe(true);
  });
});

describe('by the person alone, where the folder lets it', () => {
  test('the command is there, runs by its link, and goes again; its folder is made', async () => {
    expect(await change(true)).toBe('done');
    expect(look().state).toEqual({ status: 'ours' });
    expect(execFileSync(place.link, { encoding: 'utf8' })).toBe('ours\n');
    expect(await change(true)).toBe('done');
    expect(await change(false)).toBe('done');
    expect(lstatSync(place.link, { throwIfNoEntry: false })).toBeUndefined();
    expect(existsSync(command)).toBe(true);
    expect(await change(false)).toBe('done');
  });

  test('a link to an app that is gone, or to another copy, gives way', async () => {
    const other = layOutApp('Downloads', 'another');
    standThere(other);
    expect(await change(true)).toBe('done');
    expect(readlinkSync(place.link)).toBe(command);
    expect(existsSync(other)).toBe(true);
    rmSync(place.link);
    symlinkSync(join(root, 'Old/Causeway.app', within), place.link);
    expect(await change(true)).toBe('done');
    expect(readlinkSync(place.link)).toBe(command);
  });

  test('what isn’t ours is taken neither away nor over', async () => {
    standThere('/bin/sh');
    for (const wanted of [true, false]) await expect(change(wanted, willing)).rejects.toThrow(/isn’t this app’s/);
    expect(readlinkSync(place.link)).toBe('/bin/sh');
    rmSync(place.link);
    writeFileSync(place.link, 'theirs');
    await expect(change(true, willing)).rejects.toThrow(/isn’t this app’s/);
    expect(readFileSync(place.link, 'utf8')).toBe('theirs');
  });

  test('another copy’s link isn’t taken away', async () => {
    const other = layOutApp('Downloads', 'another');
    standThere(other);
    expect(await change(false)).toBe('done');
    expect(readlinkSync(place.link)).toBe(other);
  });
});

describe('what an administrator lets run', () => {
  const commandOf = (old: string | null, next: string | null) => administratorCommand({ link: place.link, old, next });
  const runs = (words: string): number => {
    try {
      execFileSync('/bin/sh', ['-c', words], { stdio: 'pipe' });
      return 0;
    } catch (error) {
      return (error as { readonly status: number }).status;
    }
  };

  test('does the same, whatever is in the names', () => {
    expect(runs(commandOf(null, command))).toBe(0);
    expect(look().state).toEqual({ status: 'ours' });
    expect(lstatSync(dirname(place.link)).mode & 0o777).toBe(0o755);
    const other = layOutApp('Downloads', 'another');
    expect(runs(commandOf(command, other))).toBe(0);
    expect(readlinkSync(place.link)).toBe(other);
    expect(runs(commandOf(other, null))).toBe(0);
    expect(lstatSync(place.link, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('follows no link to a folder that comes there at the last moment', () => {
    const folder = join(root, 'paths.d');
    mkdirSync(folder);
    mkdirSync(dirname(place.link), { recursive: true });
    // Between the look and the link: `ln` alone, as the script has it.
    const words = administratorCommand({ link: place.link, old: null, next: command });
    const withoutLook = words.replaceAll('exit 17', 'true');
    symlinkSync(folder, place.link);
    expect(() => execFileSync('/bin/sh', ['-c', withoutLook], { stdio: 'pipe' })).toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves what has come there meanwhile', () => {
    standThere('/bin/sh');
    expect(runs(commandOf(null, command))).toBe(17);
    expect(runs(commandOf(command, command))).toBe(17);
    expect(runs(commandOf(command, null))).toBe(17);
    expect(readlinkSync(place.link)).toBe('/bin/sh');
    rmSync(place.link);
    mkdirSync(place.link);
    expect(runs(commandOf(null, command))).toBe(17);
    expect(existsSync(join(place.link, 'causeway'))).toBe(false);
  });

  test('is asked for only where the folder is closed to the person', async () => {
    const asked: string[] = [];
    // Nobody may put anything there, not even root, who runs the tests somewhere.
    const closed = { ...place, link: process.platform === 'darwin' ? '/System/causeway' : '/sys/causeway' };
    const administrator: Administrator = {
      run: (words, prompt) => {
        asked.push(words, prompt);
        return Promise.resolve('declined');
      },
    };
    await expect(changeCommandLink(closed, command, true, administrator)).resolves.toBe('declined');
    expect(asked).toEqual([
      administratorCommand({ link: closed.link, old: null, next: command }),
      `Causeway wants to put the command “causeway” into ${dirname(closed.link)}.`,
    ]);
  });
});

describe('macOS’ own dialogue', () => {
  test('gets command and prompt as arguments: no text of ours is read as AppleScript', async () => {
    const ran: (readonly string[])[] = [];
    const administrator = macAdministrator(async (program, words) => {
      ran.push([program, ...words]);
      return { code: 0, errors: '' };
    });
    const hostile = `" & (do shell script "id") & "'`;
    expect(await administrator.run(hostile, `„${hostile}“`)).toBe('done');
    const [[program, ...words] = []] = ran;
    expect(program).toBe('/usr/bin/osascript');
    expect(words.slice(-2)).toEqual([hostile, `„${hostile}“`]);
    expect(words.slice(0, -2).join(' ')).toBe(
      '-e on run argv -e do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges -e end run',
    );
  });

  test('tells a no from a failure', async () => {
    const answering = (errors: string) => macAdministrator(async () => ({ code: 1, errors }));
    expect(await answering('0:97: execution error: User canceled. (-128)\n').run('true', '')).toBe('declined');
    await expect(answering('0:97: execution error: x has changed meanwhile. (17)\n').run('true', '')).rejects.toThrow(
      'x has changed meanwhile. (17)',
    );
    await expect(answering('').run('true', '')).rejects.toThrow('osascript ended with 1.');
  });
});

test('words go through a shell as they are', () => {
  const words = ["it's", '"', '$HOME', '`id`', '\\', 'a\nb', '', '*', '-n', '; rm x', 'ä 日本'];
  const said = execFileSync('/bin/sh', ['-c', shellCommand(['printf', '%s\\0', ...words])], { encoding: 'utf8' });
  expect(said.split('\0').slice(0, -1)).toEqual(words);
  expect(() => shellCommand(['a\0b'])).toThrow(/NUL/);
});
