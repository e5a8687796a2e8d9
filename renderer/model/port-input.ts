import { text } from '../../shared/messages/text.ts';
export type PortInput =
  | { readonly status: 'valid'; readonly port: number }
  | { readonly status: 'invalid'; readonly message: string };

/** Reads a port that a person typed: a whole number that needs no administrator's rights. */
export function parsePort(typed: string): PortInput {
  const digits = typed.trim();
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port < 1024 || port > 65535) {
    return { status: 'invalid', message: text('settings.port.invalid') };
  }
  return { status: 'valid', port };
}
