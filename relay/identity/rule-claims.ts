type Claims = Readonly<Record<string, unknown>>;

const maxNames = 64;
const maxTextLength = 1024;
const maxEntries = 256;
const maxDepth = 3;

/** Claims that the relay itself judges, or that say nothing about who is asking. */
const protocolClaims = new Set(
  'iss aud exp iat nbf jti sub cnf nonce at_hash c_hash s_hash events htm htu rh uti aio xms_ftd active token_type scope scp sid acr auth_time'.split(
    ' ',
  ),
);

/** The claims that rules may look at: bounded in number, size and depth, whatever the token holds. Pure. */
export function ruleClaims(claims: Claims, without: readonly string[]): Claims {
  const kept: Record<string, unknown> = {};
  let names = 0;
  for (const [name, value] of Object.entries(claims)) {
    if (protocolClaims.has(name) || without.includes(name) || name === '__proto__' || name.length > 256) continue;
    if (!isSmall(value, maxDepth)) continue;
    if (names === maxNames) break;
    names += 1;
    kept[name] = value;
  }
  return Object.freeze(kept);
}

function isSmall(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.length <= maxTextLength;
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  const entries = Object.values(value);
  return entries.length <= maxEntries && entries.every((entry) => isSmall(entry, depth - 1));
}
