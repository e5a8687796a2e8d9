/** Where an API is, taken apart. */
export interface UpstreamAddress {
  /** Scheme and authority for HTTP; a Unix socket is `http://localhost`, as its servers call themselves. */
  readonly origin: string;
  /** Put before each path; without a slash at the end. */
  readonly basePath: string;
  /** Absolute path of a Unix socket; null for a host. */
  readonly socketPath: string | null;
  /** What people are told. */
  readonly shown: string;
}

const unixForm = /^unix:(\/[^:?#]*)(?::(\/[^?#]*))?$/;

/** Room for a path in `sockaddr_un` on every system, without the closing zero. */
const maxSocketPathBytes = 103;

/** Reads `http(s)://host[:port][/base]` or `unix:/path/of.sock[:/base]`; undefined when it is neither. */
export function parseUpstreamAddress(address: string): UpstreamAddress | undefined {
  const unix = unixForm.exec(address);
  if (unix !== null) {
    const [, socketPath = '', base = ''] = unix;
    return {
      origin: 'http://localhost',
      basePath: base.replace(/\/$/, ''),
      socketPath,
      shown: `unix:${socketPath}`,
    };
  }
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return { origin: url.origin, basePath: url.pathname.replace(/\/$/, ''), socketPath: null, shown: url.origin };
}

/** The base path as written: `new URL` would resolve dot segments that must be refused. */
export function writtenBasePath(address: string): string {
  const path = unixForm.exec(address)?.[2] ?? /^https?:\/\/[^/?#]*([^?#]*)/i.exec(address)?.[1] ?? '';
  return path === '' ? '/' : path;
}

/** Why a Unix socket's path can never be connected to, in words; null when it can. */
export function socketPathProblem(path: string): string | null {
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    return `has a socket path of more than ${maxSocketPathBytes} bytes, which systems don’t take. Use a shorter one.`;
  }
  return path.endsWith('/') ? 'names a folder. Name the socket in it.' : null;
}
