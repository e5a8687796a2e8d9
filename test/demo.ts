// npm run demo              starts the demo company, opens the app, and leaves both running
// npm run demo -- --two     opens two apps: one for alice, who asks for access, and one for dana, who decides
// npm run demo -- --check   walks the main path without a window and ends; non-zero at the first failure
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildConsole } from '../build/build-console.ts';
import { openDesktop, type OpenedDesktop } from '../build/open-desktop.ts';
import { checkDemo } from './demo-check.ts';
import { startDemoWorld } from './support/demo-world.ts';
import { demoShowcase } from './support/demo-showcase.ts';
import { demoPeople } from './support/idp/demo-people.ts';
import { installBrowser } from './support/install-programs.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    'no-app': { type: 'boolean', default: false },
    two: { type: 'boolean', default: false },
  },
});

/** The port, when nothing listens on it: addresses that stay the same are easier to remember. */
async function ifFree(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return port;
  } catch {
    // Taken: the world picks a free one.
    return undefined;
  }
}

function hasEnded({ process: { exitCode, signalCode } }: OpenedDesktop): boolean {
  return exitCode !== null || signalCode !== null;
}

async function runDemo(): Promise<void> {
  const [idpPort, relayPort, adminPort] = await Promise.all([ifFree(9400), ifFree(8443), ifFree(8444)]);
  const world = await startDemoWorld({
    ...(idpPort === undefined ? {} : { idpPort }),
    ...(relayPort === undefined ? {} : { relayPort }),
    ...(adminPort === undefined ? {} : { adminPort }),
    suggestPorts: true,
    configure: demoShowcase,
  });
  console.log(`
Identity provider  ${world.idp.issuer}
Upstream APIs      orders ${world.orders.url}, payroll ${world.payroll.url}, inventory ${world.inventory.url}
Relay              ${world.relayUrl} (certificate authority: ${world.caPath})
Operators’ console ${world.adminUrl}/console/  (dana runs the relay; the others have no role there)
Operators’ API     ${world.adminUrl}/admin/v1 (docs/admin.md), metrics at ${world.adminUrl}/metrics
Configuration      ${world.configPath}  (edit it: the relay reloads)
Audit              npm run relay -- audit list --config ${world.configPath}

Command line       npm run causeway -- login ${world.relayUrl} --ca ${world.caPath}   (no browser here: add --device)

Sign in as         ${demoPeople.map((person) => `${person.user} (${person.groups.join(', ')})`).join(' · ')}
Password           ${world.idp.password}

Try                as alice, ask for access to Payroll (locked); as dana, in an app of her own (--two), decide under Requests
`);
  const profileDir = mkdtempSync(join(tmpdir(), 'causeway-demo-app-'));
  const stop = Promise.withResolvers<string>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.resolve('Stopping …'));
  const apps: OpenedDesktop[] = [];
  try {
    for (const name of options['no-app'] ? [] : options.two ? ['alice', 'dana'] : ['profile']) {
      const app = await openDesktop({
        userDataDir: join(profileDir, name),
        env: { CAUSEWAY_RELAY_URL: world.relayUrl, CAUSEWAY_CA_FILE: world.caPath },
      });
      apps.push(app);
      console.log(app.says);
      app.process.once('exit', () => {
        if (apps.every(hasEnded)) stop.resolve('The app was quit; stopping the rest …');
      });
    }
    console.log('Ctrl+C stops everything.');
    console.log(await stop.promise);
  } finally {
    for (const app of apps.filter((opened) => !hasEnded(opened))) {
      const ended = once(app.process, 'exit');
      app.process.kill('SIGTERM');
      await ended;
    }
    await world.close();
    rmSync(profileDir, { recursive: true, force: true });
  }
}

try {
  installBrowser(console.log);
  if (await buildConsole()) console.log('The operators’ console is built.');
  await (options.check ? checkDemo(console.log) : runDemo());
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
// Everything is closed by now; an idle keep-alive connection must not hold the terminal.
process.exit();
