import { readFile } from 'node:fs/promises';
import type { RedisClientOptions } from 'redis';
import type { RedisSettings } from './redis-settings.ts';

/** How a client of Redis gets in: by the password of the address, or the one that its file has whenever it connects. */
export function signInOf({
  url,
  passwordFile,
}: Pick<RedisSettings, 'url' | 'passwordFile'>): Pick<RedisClientOptions, 'url' | 'credentialsProvider'> {
  if (passwordFile === undefined) return { url };
  const address = new URL(url);
  const username = decodeURIComponent(address.username);
  address.username = '';
  return {
    url: address.href,
    credentialsProvider: {
      type: 'async-credentials-provider',
      credentials: async () => ({
        ...(username === '' ? {} : { username }),
        password: (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, ''),
      }),
    },
  };
}
