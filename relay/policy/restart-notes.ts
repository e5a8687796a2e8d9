import type { LoadedConfig } from '../config/load-config.ts';
import { parseRedisAddress } from '../config/values/redis-address.ts';

const placeholder = /\$\{(?:env|credential):/;

/** Secrets of which the relay has what they were at its start, by the config as it is written: a reload doesn’t take another. */
export function restartNotes({ config }: LoadedConfig): readonly string[] {
  const keys = keysWith(config, '');
  const fromStart =
    keys.length === 0
      ? []
      : [
          `From the environment or a credential of systemd, which are as they were at the relay’s start: ${keys.join(', ')}. A new value takes effect after a restart; one from \${file:PATH} with a reload.`,
        ];
  return [...fromStart, ...storageNotes(config.storage), ...redisNotes(config.shared_state)];
}

function storageNotes(storage: LoadedConfig['config']['storage']): readonly string[] {
  const written = storage?.replaceAll(/\$\{[^}]*\}/g, 'filled-in') ?? '';
  const password = URL.canParse(written) ? new URL(written).password : '';
  // What is filled in from a file is read with each connection; the environment’s is told of by its key.
  if (password === '' || password.includes('filled-in')) return [];
  return [
    'A password in the clear in “storage” takes effect after a restart. With ?password_file=PATH in its place, or from ${file:PATH}, the relay reads it whenever it connects.',
  ];
}

function redisNotes({ url, store }: LoadedConfig['config']['shared_state']): readonly string[] {
  if (store !== 'redis' || url === undefined) return [];
  // An address that comes whole from a file may have one, too.
  const address = parseRedisAddress(url.replaceAll(/\$\{[^}]*\}/g, 'x'));
  const mayHavePassword = 'why' in address || new URL(address.url).password !== '';
  if (!mayHavePassword || url.includes('password_file=')) return [];
  return [
    'A password in “shared_state.url” takes effect after a restart. With ?password_file=PATH in its place the relay reads it whenever it connects.',
  ];
}

/** Keys whose texts have such a placeholder, as they are named in a file. */
function keysWith(value: unknown, at: string): readonly string[] {
  if (typeof value === 'string') return placeholder.test(value) ? [`“${at}”`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Array.isArray(value)) return keysWith(inner, `${at}[${key}]`);
    return keysWith(inner, at === '' ? key : `${at}.${key}`);
  });
}
