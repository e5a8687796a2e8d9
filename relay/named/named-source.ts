import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Why a file or a placeholder can’t be used, in words; told apart from other failures by its class. */
export class Unusable extends Error {}

/** Where the names of a config are looked up. */
export interface SourceOptions {
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a name stands for. */
export interface NamedText {
  readonly text: string;
  /** Absolute path of the file that it was read from, to watch it; undefined for the environment. */
  readonly file: string | undefined;
}

/** One placeholder and nothing else. */
const wholePlaceholder = /^\$\{(?<kind>[^:}]*):?(?<argument>[^}]*)\}$/;

/** Makes the path of a file absolute, and leaves a placeholder that stands in its place as it is. */
export function resolveNamed(name: string, folder: string): string {
  return wholePlaceholder.test(name) ? name : resolve(folder, name);
}

/**
 * Reads what a key or secret of a config is named by: the path of a file, `${file:PATH}`, `${env:NAME}`, or
 * `${credential:NAME}` of the service manager (systemd.exec(5), “Credentials”). A secret’s file must be closed to others.
 * @throws Unusable
 */
export async function readNamed(name: string, isSecret: boolean, options: SourceOptions): Promise<NamedText> {
  const { kind, argument = '' } = wholePlaceholder.exec(name)?.groups ?? {};
  switch (kind) {
    case undefined:
      return readFileNamed(resolve(options.folder, name), isSecret);
    case 'file':
      return readFileNamed(resolve(options.folder, argument), isSecret);
    case 'env': {
      const text = options.env[argument];
      if (text === undefined || text === '')
        throw new Unusable(
          `needs the environment variable ${argument}, which isn’t set. Set it for the relay’s process.`,
        );
      return { text, file: undefined };
    }
    case 'credential':
      return readCredential(argument, options);
    default:
      throw new Unusable('has a placeholder that isn’t known. Write ${env:NAME}, ${file:PATH} or ${credential:NAME}.');
  }
}

/** The service manager’s folder is open to the service alone, whatever the rights of the files in it. */
async function readCredential(name: string, { env }: SourceOptions): Promise<NamedText> {
  const { CREDENTIALS_DIRECTORY: folder } = env;
  if (!/^[\w.@-]+$/.test(name) || /^\.{1,2}$/.test(name))
    throw new Unusable(`names the credential ${name}. Names have letters, digits, “.”, “-”, “_” and “@”.`);
  if (folder === undefined || folder === '')
    throw new Unusable(
      `needs the credential ${name}, and the relay was given none. Start it as a service, with LoadCredential=${name}:PATH.`,
    );
  try {
    return { text: await readFile(join(folder, name), 'utf8'), file: join(folder, name) };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Unusable(
      isMissing
        ? `needs the credential ${name}, which the service wasn’t given. Add LoadCredential=${name}:PATH to its unit.`
        : `needs the credential ${name}, which ${unreadableWords(error)}`,
      { cause: error },
    );
  }
}

/** A secret must be closed to group and others, as OpenSSH demands of keys. */
async function readFileNamed(path: string, isSecret: boolean): Promise<NamedText> {
  try {
    const { mode, uid } = await stat(path);
    if (isSecret && process.platform !== 'win32') {
      // A key that root owns and lends to the relay's group, as Kubernetes mounts it, is as closed as it can be.
      const isLent = uid === 0 && process.geteuid?.() !== 0;
      if ((mode & (isLent ? 0o037 : 0o077)) !== 0) {
        throw new Unusable(`names ${path}, a secret that others on this system can read. Run: chmod 600 ${path}`);
      }
    }
    return { text: await readFile(path, 'utf8'), file: path };
  } catch (error) {
    if (error instanceof Unusable) throw error;
    throw new Unusable(`names ${path}, which ${unreadableWords(error)}`, { cause: error });
  }
}

/** Why a file can’t be read, and what to do, from the system’s error. */
export function unreadableWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return 'doesn’t exist. Check the path; relative ones start at the config file.';
  if (code === 'EACCES' || code === 'EPERM') return 'the relay may not read. Give its user the right to read it.';
  if (code === 'EISDIR') return 'is a folder. Name a file.';
  return `can’t be read (${error instanceof Error ? error.message : String(error)}).`;
}
