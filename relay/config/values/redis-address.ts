/** A Redis or Valkey as `shared_state.url` names it; the file is as it is written. */
export interface RedisAddress {
  /** Without what the relay adds to it. */
  readonly url: string;
  /** File with the password, instead of one in the address. */
  readonly passwordFile: string | undefined;
}

/** Reads `redis://user:password@host:port/number`, or with `?password_file=PATH`; in words what is wrong with another. */
export function parseRedisAddress(text: string): RedisAddress | { readonly why: string } {
  const url = /^rediss?:\/\/[^\s/]/.test(text) ? URL.parse(text) : null;
  if (url === null) return { why: 'must be an address that begins with redis:// or rediss://.' };
  const options = [...url.searchParams.keys()];
  const unknown = options.find((name) => name !== 'password_file');
  if (unknown !== undefined)
    return { why: `has an option that the relay doesn’t know: ${unknown}. It knows password_file.` };
  if (options.length > 1) return { why: 'names password_file twice.' };
  const passwordFile = url.searchParams.get('password_file') ?? undefined;
  if (passwordFile === '') return { why: 'has a password_file without a path.' };
  if (passwordFile !== undefined && url.password !== '')
    return { why: 'has a password and a password_file. Remove one of them.' };
  url.search = '';
  return { url: passwordFile === undefined ? text : url.href, passwordFile };
}
