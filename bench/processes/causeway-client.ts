// The client core as the app runs it, signed in as alice and connected to the API “bench”. Prints {"port": number}.
import { signInWithoutBrowser } from '../../test/support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../../test/support/start-headless-client.ts';

const { relayUrl, ca } = JSON.parse(process.argv[2] ?? '{}') as { relayUrl: string; ca: string };
const client = await startHeadlessClient({
  ca: [ca],
  openBrowser: async (url) => {
    await signInWithoutBrowser(url, { user: 'alice' });
  },
});
const profile = await client.signIn(relayUrl);
const connection = await client.connect(profile.id, 'bench');
console.log(JSON.stringify({ port: connection.port }));
process.once('SIGTERM', () => void client.close().finally(() => process.exit(0)));
