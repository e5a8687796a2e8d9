/** What the desktop session starts at login: a program and its arguments, none of them a secret. */
export interface StartCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Facts of this start from which the next one by itself is made. */
export interface StartFacts {
  readonly packaged: boolean;
  /** Set by the AppImage's own runtime: where the image is, since the program in it lies in a mount that goes away. */
  readonly appImage: string | undefined;
  readonly execPath: string;
  /** Folder of the app's code, which a development run's bare runtime is given. */
  readonly appPath: string;
  /** Another profile folder than the usual one, where this start has one. */
  readonly userDataDir: string | undefined;
}

/** How to start the same app at login: in the tray, with the same profile. */
export function startCommand({ packaged, appImage, execPath, appPath, userDataDir }: StartFacts): StartCommand {
  const profile = userDataDir === undefined ? [] : [`--user-data-dir=${userDataDir}`];
  const args = ['--hidden', ...profile];
  if (!packaged) return { program: execPath, args: [appPath, ...args] };
  return { program: appImage ?? execPath, args };
}

const marker = 'X-Causeway-Autostart=true';

/** Quotes one argument as the Desktop Entry Specification's “The Exec key” asks; `%` begins a field code there. */
function quoted(argument: string): string {
  const percent = argument.replaceAll('%', '%%');
  if (/^[\w@+=:,./%-]+$/.test(percent)) return percent;
  return `"${percent.replaceAll(/["`$\\]/g, String.raw`\$&`)}"`;
}

/** Escapes that every string of a desktop entry has (“Possible value types”). */
function stringValue(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`);
}

/** The Exec line of an entry. */
export function execLine({ program, args }: StartCommand): string {
  return `Exec=${stringValue([program, ...args].map(quoted).join(' '))}`;
}

/** An entry of the autostart folder (Desktop Application Autostart Specification) that starts the app at login. */
export function autostartEntry(command: StartCommand): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.0',
    'Name=Causeway',
    'Comment=One-click access to internal APIs',
    'Comment[de]=Zugang zu internen APIs mit einem Klick',
    execLine(command),
    'Icon=causeway',
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    marker,
    '',
  ].join('\n');
}

/** What an entry that is there already is: whose, whether it starts this very command, whether it was switched off. */
export type FoundEntry =
  | { readonly type: 'foreign' }
  | { readonly type: 'own'; readonly same: boolean; readonly switchedOff: boolean };

/** Looks at an entry’s text; one without our mark was written by somebody else, for example by IT. */
export function readEntry(text: string, command: StartCommand): FoundEntry {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (!lines.includes(marker)) return { type: 'foreign' };
  return {
    type: 'own',
    same: lines.includes(execLine(command)),
    switchedOff: lines.includes('Hidden=true') || lines.includes('X-GNOME-Autostart-enabled=false'),
  };
}
