import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What an archive says of a file: where it is, how long, and the hashes of its blocks. */
interface FileEntry {
  readonly offset: string;
  readonly size: number;
  readonly integrity?: {
    readonly algorithm: string;
    readonly hash: string;
    readonly blockSize: number;
    readonly blocks: readonly string[];
  };
}
interface FolderEntry {
  readonly files: Readonly<Record<string, Entry>>;
}
type Entry = FileEntry | FolderEntry;

/** An archive that was read: its files by path, and what is wrong with them. */
export interface ReadArchive {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly problems: readonly string[];
  /** Hash of the header, by which Electron knows it. */
  readonly headerHash: string;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Reads an ASAR archive and compares each file with the hashes that its header has of it. */
export function readArchive(path: string): ReadArchive {
  const bytes = readFileSync(path);
  const filesAt = 8 + bytes.readUInt32LE(4);
  const headerBytes = bytes.subarray(16, 16 + bytes.readUInt32LE(12));
  const header = JSON.parse(headerBytes.toString('utf8')) as FolderEntry;
  const files = new Map<string, Buffer>();
  const problems: string[] = [];
  const read = (entry: Entry, name: string): void => {
    if ('files' in entry) {
      for (const [child, of] of Object.entries(entry.files)) read(of, name === '' ? child : `${name}/${child}`);
      return;
    }
    const at = filesAt + Number(entry.offset);
    const content = bytes.subarray(at, at + entry.size);
    files.set(name, content);
    problems.push(...wrongWith(entry, content).map((what) => `${name} in the archive ${what}.`));
  };
  read(header, '');
  return { files, problems, headerHash: sha256(headerBytes) };
}

function wrongWith({ size, integrity }: FileEntry, content: Buffer): readonly string[] {
  if (content.length !== size) return ['is cut short'];
  if (integrity?.algorithm !== 'SHA256') return ['has no SHA-256 in its header'];
  const { hash, blockSize, blocks } = integrity;
  const isWhole =
    sha256(content) === hash &&
    blocks.every((block, at) => sha256(content.subarray(at * blockSize, (at + 1) * blockSize)) === block);
  return isWhole ? [] : ['isn’t what its hash says'];
}
