/** Values for the places of a path and for its query; what is undefined or empty is left out of the query. */
export type Params = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A path of the admin API with its places filled, and what is left of the values as query, in a stable order. */
export function addressOf(path: string, params: Params): string {
  const used = new Set<string>();
  const filled = path.replaceAll(/\{(\w+)\}/g, (_place, name: string) => {
    used.add(name);
    return encodeURIComponent(String(params[name] ?? ''));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    if (!used.has(name) && value !== undefined && value !== null && value !== '') query.set(name, String(value));
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}
