export type PortInput =
  | { readonly status: 'valid'; readonly port: number }
  | { readonly status: 'invalid'; readonly message: string };

/** Reads a port that a person typed: a whole number that needs no administrator's rights. */
export function parsePort(typed: string): PortInput {
  const text = typed.trim();
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1024 || port > 65535) {
    return { status: 'invalid', message: 'Choose a whole number from 1024 to 65535.' };
  }
  return { status: 'valid', port };
}
