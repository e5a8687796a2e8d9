import { hash } from 'node:crypto';
import { existsSync, type Dirent, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

/** A built file of the console, in memory. */
export interface ConsoleFile {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Compressed with Brotli; null where that gains nothing. */
  readonly compressed: Uint8Array<ArrayBuffer> | null;
  readonly type: string;
  readonly etag: string;
  /** Whether its name changes with its contents. */
  readonly isHashed: boolean;
}

/** Types of what Vite builds; nothing else is served. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const compressible = /^(?:text\/|application\/json|image\/svg)/;
/** Folder in which Vite puts files whose names hold their hash. */
const hashedFolder = 'assets/';

/** All files of the built console by their path below `/console/`; null where it isn’t built. */
export function readConsoleFiles(folder: string): ReadonlyMap<string, ConsoleFile> | null {
  if (!existsSync(join(folder, 'index.html'))) return null;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.flatMap((entry) => readConsoleFile(folder, entry)));
}

function readConsoleFile(folder: string, entry: Dirent): readonly (readonly [string, ConsoleFile])[] {
  const path = join(entry.parentPath, entry.name);
  const type = types[extname(entry.name).toLowerCase()];
  if (type === undefined) return [];
  const name = relative(folder, path).split(sep).join('/');
  const body = new Uint8Array(readFileSync(path));
  const smaller = compressible.test(type)
    ? new Uint8Array(brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
    : null;
  const compressed = smaller !== null && smaller.byteLength < body.byteLength ? smaller : null;
  const etag = `"${hash('sha256', body, 'base64url').slice(0, 22)}"`;
  return [[name, { body, compressed, type, etag, isHashed: name.startsWith(hashedFolder) }]];
}
