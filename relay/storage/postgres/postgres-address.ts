import { isLoopbackHost } from '../../../shared/loopback-host.ts';

/** A PostgreSQL database as `storage` names it; files are as they are written. */
export interface PostgresAddress {
  /** Host name or address; a folder for a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** File with the password, instead. */
  readonly passwordFile: string | undefined;
  /** `verify-full`: TLS with the server’s certificate and name checked; `disable` only on this machine. */
  readonly sslmode: 'verify-full' | 'disable';
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
}

/** An address, or in words what is wrong with it. */
export type ParsedPostgresAddress =
  | { readonly status: 'ok'; readonly address: PostgresAddress }
  | { readonly status: 'bad'; readonly why: string };

const example = 'postgres://causeway:PASSWORD@db.example.com:5432/causeway';
const files = ['sslrootcert', 'sslcert', 'sslkey'] as const;
const known = new Set(['host', 'sslmode', 'password_file', ...files]);

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`, libpq’s connection URI (PostgreSQL 15, 34.1.1.2), without
 * what would leave the server unchecked. A Unix socket’s folder stands in `?host=/run/postgresql`.
 */
export function parsePostgresAddress(text: string): ParsedPostgresAddress {
  if (!/^postgres(?:ql)?:\/\//.test(text)) return bad(`must begin with postgres://, for example ${example}.`);
  if (/^[^/]*\/\/[^/]*,/.test(text))
    return bad('must name one host; a name that follows the primary does for several.');
  // The URL of a socket has no host of its own.
  const url = parsed(text.replace(/^(postgres(?:ql)?:\/\/(?:[^/@]*@)?)(?=[/?]|$)/, '$1localhost'));
  if (url === null) return bad(`can’t be read as an address. It looks like ${example}.`);
  const options = url.searchParams;
  for (const name of options.keys()) {
    if (!known.has(name))
      return bad(`has an option that the relay doesn’t know: ${name}. It knows ${[...known].join(', ')}.`);
    if (options.getAll(name).length > 1) return bad(`names ${name} twice.`);
  }
  const database = decoded(url.pathname.slice(1));
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (database === '' || database.includes('/')) return bad(`must name a database behind the host: ${example}.`);
  if (user === '') return bad(`must name a user: ${example}.`);
  const passwordFile = options.get('password_file') ?? undefined;
  if (passwordFile !== undefined && password !== '')
    return bad('has a password and a password_file. Remove one of them.');
  const socket = options.get('host');
  if (socket !== null && !socket.startsWith('/'))
    return bad('takes “host” only for the folder of a Unix socket, which begins with “/”.');
  const host = socket ?? url.hostname.replace(/^\[|\]$/g, '');
  const isHere = socket !== null || isLoopbackHost(url.hostname);
  const sslmode = options.get('sslmode') ?? (isHere && !options.has('sslrootcert') ? 'disable' : 'verify-full');
  if (sslmode !== 'verify-full' && (sslmode !== 'disable' || !isHere)) {
    return bad(
      `has sslmode=${sslmode}. Only verify-full checks whom the relay talks to; disable works for this machine alone.`,
    );
  }
  const file = (name: (typeof files)[number]): string | undefined => options.get(name) ?? undefined;
  const given = files.filter((name) => file(name) !== undefined);
  if (sslmode === 'disable' && given.length > 0)
    return bad(`has ${given.join(' and ')}, but no TLS to use it for. Write sslmode=verify-full.`);
  if ((file('sslcert') === undefined) !== (file('sslkey') === undefined))
    return bad('must have sslcert and sslkey together.');
  return {
    status: 'ok',
    address: {
      host,
      port: url.port === '' ? 5432 : Number(url.port),
      database,
      user,
      password: password === '' ? undefined : password,
      passwordFile,
      sslmode,
      sslrootcert: file('sslrootcert'),
      sslcert: file('sslcert'),
      sslkey: file('sslkey'),
    },
  };
}

function bad(why: string): ParsedPostgresAddress {
  return { status: 'bad', why };
}

function parsed(text: string): URL | null {
  // Only special schemes have their hosts checked and lowered by the URL parser.
  return URL.parse(text.replace(/^postgres(?:ql)?:/, 'http:'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
