import { once } from 'node:events';
import { createHttpClient } from '../../../client/network/http-client.ts';
import { openEncryptedFiles } from '../../../client/secrets/encrypted-files.ts';
import { discoverProvider } from '../../../client/provider/discover-provider.ts';
import { openRefreshLock } from '../../../client/tokens/refresh-lock.ts';
import { requestRenewal } from '../../../client/tokens/request-renewal.ts';
import { shareTokens } from '../../../client/tokens/shared-tokens.ts';
import { createTokenKeeper } from '../../../client/tokens/token-keeper.ts';
import { openTokenVault } from '../../../client/tokens/token-set.ts';

// Run as a process of its own: reads the stored tokens, says “ready”, and renews when told “go”.
const [stateDir = '', keyHex = ''] = process.argv.slice(2);
const files = openEncryptedFiles(stateDir, async () => Buffer.from(keyHex, 'hex'));
const vault = openTokenVault(
  { kind: 'encrypted-file', memoryReason: null, elsewhere: async () => ({ values: [], closed: [] }), ...files },
  'profile',
);
const tokens = await vault.read();
if (!tokens) throw new Error('No tokens are stored');
const http = createHttpClient();
const keeper = createTokenKeeper({
  tokens,
  shared: shareTokens(vault, openRefreshLock(stateDir, 'profile')),
  renew: async (present) => requestRenewal(await discoverProvider(present.issuer, http), present, Date.now),
  relayUrl: tokens.relayUrl,
  onEvent: () => undefined,
  now: Date.now,
});
const told = once(process, 'message');
process.send?.('ready');
await told;
try {
  const { generation, accessToken } = await keeper.renewNow();
  process.send?.({ generation, accessToken });
} finally {
  await keeper.close();
  await http.close();
  process.disconnect?.();
}
