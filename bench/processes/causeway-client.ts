// The client core as the command line runs it, signed in as alice and connected to the API “bench”, and to “bulk” where the input asks
// for it. Prints {"port": number, "socketPath": string | null, "bulkSocket": string | null}: their
// Unix sockets.
import { bodyGarbage } from '../../client/tunnel/body-garbage.ts';
import { signInWithoutBrowser } from '../../test/support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../../test/support/start-headless-client.ts';

bodyGarbage.freeEarly();
const { relayUrl, ca, bulk } = JSON.parse(process.argv[2] ?? '{}') as { relayUrl: string; ca: string; bulk?: boolean };
const client = await startHeadlessClient({
  ca: [ca],
  openBrowser: async (url) => {
    await signInWithoutBrowser(url, { user: 'alice' });
  },
});
const profile = await client.signIn(relayUrl);
const connection = await client.connect(profile.id, 'bench');
const bulkSocket = bulk === true ? (await client.connect(profile.id, 'bulk')).socketPath : null;
console.log(JSON.stringify({ port: connection.port, socketPath: connection.socketPath ?? null, bulkSocket }));
process.once('SIGTERM', () => void client.close().finally(() => process.exit(0)));
