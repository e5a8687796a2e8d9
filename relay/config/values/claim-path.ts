type Claims = Readonly<Record<string, unknown>>;

/**
 * Steps of a claim path as a config writes it: `realm_access.roles` goes into an object; a name that holds dots stands
 * in double quotes, `resource_access."my.app".roles`. Undefined when the quotes or steps don't add up.
 */
export function parseClaimPath(path: string): readonly string[] | undefined {
  const steps: string[] = [];
  let rest = path;
  for (;;) {
    const match = /^(?:"([^"]+)"|([^".]+))(\.|$)/.exec(rest);
    if (match === null) return undefined;
    steps.push(match[1] ?? match[2] ?? '');
    if (match[3] === '') return steps;
    rest = rest.slice(match[0].length);
  }
}

/** A claim by its own name as written, so that `https://acme.example/groups` needs no quotes, or else by its path. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  if (/^[^".]*$/.test(path)) return undefined;
  let value: unknown = claims;
  for (const step of parseClaimPath(path) ?? [path]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Claims)[step];
  }
  return value;
}
