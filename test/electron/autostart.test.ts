import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { autostartPath, createAutostart } from '../../electron/autostart.ts';
import { autostartEntry, execLine, readEntry, startCommand, type StartFacts } from '../../electron/autostart-entry.ts';

const installed: StartFacts = {
  packaged: true,
  appImage: undefined,
  execPath: '/opt/Causeway/causeway',
  appPath: '/opt/Causeway/resources/app.asar',
  userDataDir: undefined,
};

describe('what is started at login', () => {
  test.each<[string, Partial<StartFacts>, string]>([
    ['a deb or rpm starts the installed program', {}, 'Exec=/opt/Causeway/causeway --hidden'],
    [
      'an AppImage starts the image, not the program in its mount',
      { appImage: '/home/a/Apps/Causeway.AppImage', execPath: '/tmp/.mount_Cause1/causeway' },
      'Exec=/home/a/Apps/Causeway.AppImage --hidden',
    ],
    [
      'a development run starts the runtime with the code’s folder',
      { packaged: false, execPath: '/repo/node_modules/electron/dist/electron', appPath: '/repo' },
      'Exec=/repo/node_modules/electron/dist/electron /repo --hidden',
    ],
    [
      'another profile folder comes along',
      { userDataDir: '/home/a/second' },
      'Exec=/opt/Causeway/causeway --hidden --user-data-dir=/home/a/second',
    ],
    [
      'spaces are quoted',
      { appImage: '/home/a/My Apps/Causeway.AppImage' },
      'Exec="/home/a/My Apps/Causeway.AppImage" --hidden',
    ],
    ['percent signs begin no field code', { appImage: '/a/100%u' }, 'Exec=/a/100%%u --hidden'],
    [
      'what a shell would expand is escaped, for the argument and for the string',
      { appImage: '/a/`x` $HOME "q" \\b' },
      'Exec="/a/\\\\`x\\\\` \\\\$HOME \\\\"q\\\\" \\\\\\\\b" --hidden',
    ],
    [
      'a line break can’t begin another key',
      { appImage: '/a/x\nExec=evil' },
      String.raw`Exec="/a/x\nExec=evil" --hidden`,
    ],
  ])('%s', (_name, facts, line) => {
    expect(execLine(startCommand({ ...installed, ...facts }))).toBe(line);
  });

  test('the entry is one that its specification allows: a group, then one key a line, each once', () => {
    const lines = autostartEntry(startCommand(installed)).trimEnd().split('\n');
    expect(lines[0]).toBe('[Desktop Entry]');
    const keys = lines.slice(1).map((line) => /^([A-Za-z\d-]+(?:\[[a-z]{2}\])?)=./.exec(line)?.[1]);
    expect(keys).not.toContain(undefined);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(expect.arrayContaining(['Type', 'Name', 'Exec']));
  });

  test('the quoted line, read back as the specification says, is the same program and arguments', () => {
    const command = startCommand({ ...installed, appImage: '/a/we ird `$"\\%f', userDataDir: '/tmp/it’s $(x)' });
    const text = execLine(command).slice('Exec='.length).replaceAll('\\\\', '\\');
    // A shell reads double quotes by the same rule; field codes are the desktop's.
    const read = execFileSync('sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' });
    expect(read.trimEnd().replaceAll('%%', '%').split('\n')).toEqual([command.program, ...command.args]);
  });
});

test.each([
  [{}, '/home/a/.config/autostart'],
  [{ XDG_CONFIG_HOME: '/home/a/etc' }, '/home/a/etc/autostart'],
  [{ XDG_CONFIG_HOME: '' }, '/home/a/.config/autostart'],
  [{ XDG_CONFIG_HOME: 'relative' }, '/home/a/.config/autostart'],
])('with %o the entry is in %s', (env, folder) => {
  expect(dirname(autostartPath(env, '/home/a'))).toBe(folder);
});

describe('the entry in the folder', () => {
  let folder: string;
  let path: string;
  const command = startCommand(installed);
  const moved = startCommand({ ...installed, appImage: '/b/Causeway.AppImage' });
  const own = (change: (text: string) => string = (text) => text): string => change(autostartEntry(command));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-autostart-'));
    path = join(folder, 'config', 'autostart', 'causeway.desktop');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const found = (): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null);
  function put(text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  test('comes with the setting, and goes with it, leaving nothing', () => {
    const autostart = createAutostart(path, command);
    autostart.apply(true, true);
    expect(found()).toContain(execLine(command));
    autostart.apply(false, true);
    expect(found()).toBeNull();
    autostart.apply(false, true);
    expect(found()).toBeNull();
  });

  const off = own((text) => text.replace('X-GNOME-Autostart-enabled=true', 'X-GNOME-Autostart-enabled=false'));
  const hidden = own((text) => `${text}Hidden=true\n`);
  const foreign = '[Desktop Entry]\nType=Application\nName=Causeway\nExec=/usr/bin/causeway --hidden\n';
  test.each<[string, string | null, typeof command, boolean, boolean, 'kept' | 'written' | 'gone']>([
    ['a start with it on writes a missing one', null, command, true, false, 'written'],
    ['a start with it on leaves the same one', own(), command, true, false, 'kept'],
    ['a start from another place writes it anew', own(), moved, true, false, 'written'],
    ['a start leaves one that was switched off in the desktop', off, moved, true, false, 'kept'],
    ['a start leaves one that was hidden in the desktop', hidden, moved, true, false, 'kept'],
    ['switching on here is said later than switching off there', off, command, true, true, 'written'],
    ['a start with it off takes its own away', own(), command, false, false, 'gone'],
    ['a start with it off leaves that of another copy', own(), moved, false, false, 'kept'],
    ['switching off takes that of another copy away, too', own(), moved, false, true, 'gone'],
    ['somebody else’s is left when switching on', foreign, command, true, true, 'kept'],
    ['somebody else’s is left when switching off', foreign, command, false, true, 'kept'],
  ])('%s', (_name, before, by, wanted, chosen, outcome) => {
    if (before !== null) put(before);
    createAutostart(path, by).apply(wanted, chosen);
    const after = found();
    if (outcome === 'kept') expect(after).toBe(before);
    else if (outcome === 'gone') expect(after).toBeNull();
    else expect(readEntry(after ?? '', by)).toEqual({ type: 'own', same: true, switchedOff: false });
  });

  test('a folder that can’t be made is an error that says so', () => {
    writeFileSync(join(folder, 'config'), '');
    expect(() => createAutostart(path, command).apply(true, true)).toThrow(/ENOTDIR|EEXIST/);
  });
});
