import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Addresses in the namespaces: a client, a router, a relay, two links. */
export const clientAddresses = ['10.77.1.2', '10.77.1.3'] as const;
export const relayAddress = '10.77.2.2';
const routerToClient = '10.77.1.1';
const routerToRelay = '10.77.2.1';

/** Two computers with a router between them, each a network namespace of this machine. */
export interface Namespaces {
  /** Runs a script of Node's at the client or the relay, joined by IPC. */
  start(place: 'client' | 'relay', script: string): ChildProcess;
  /** Pulls the client's cable, or plugs it in. */
  setCable(plugged: boolean): void;
  /** Switches the client's interface off, or on with its address and route. */
  setInterface(on: boolean): void;
  /** Gives the client its other address; the present one is gone. */
  changeAddress(): void;
  /** The router swallows packets toward the named sides from now on, without telling anybody. */
  swallow(...toward: readonly ('client' | 'relay')[]): void;
  close(): void;
}

/** Why there can't be network namespaces here, in words; null when there can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `causeway-${process.pid}-probe`;
  try {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'add', 'name', 'near', 'type', 'veth', 'peer', 'name', 'far');
    return null;
  } catch (error) {
    return `ip: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
  } finally {
    removeNamespace(name);
  }
}

function ip(...words: readonly string[]): string {
  return execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

function removeNamespace(name: string): void {
  if (existsSync(`/run/netns/${name}`)) ip('netns', 'del', name);
}

let made = 0;

/** Makes the namespaces; they are gone after `close`, and at the latest when this process ends. */
export function makeNamespaces(): Namespaces {
  const name = (part: string): string => `causeway-${process.pid}-${made}-${part}`;
  made += 1;
  const names = { client: name('client'), router: name('router'), relay: name('relay') };
  const swallowed = new Set<string>();
  let address: string = clientAddresses[0];
  const close = (): void => {
    process.off('exit', close);
    for (const each of Object.values(names)) removeNamespace(each);
  };
  process.once('exit', close);
  try {
    for (const each of Object.values(names)) {
      ip('netns', 'add', each);
      ip('-n', each, 'link', 'set', 'lo', 'up');
    }
    ip(
      '-n',
      names.client,
      'link',
      'add',
      'name',
      'net',
      'type',
      'veth',
      'peer',
      'name',
      'client',
      'netns',
      names.router,
    );
    ip('-n', names.relay, 'link', 'add', 'name', 'net', 'type', 'veth', 'peer', 'name', 'relay', 'netns', names.router);
    ip('-n', names.router, 'addr', 'add', `${routerToClient}/24`, 'dev', 'client');
    ip('-n', names.router, 'addr', 'add', `${routerToRelay}/24`, 'dev', 'relay');
    ip('-n', names.relay, 'addr', 'add', `${relayAddress}/24`, 'dev', 'net');
    for (const device of ['client', 'relay']) ip('-n', names.router, 'link', 'set', device, 'up');
    ip('-n', names.relay, 'link', 'set', 'net', 'up');
    ip('-n', names.relay, 'route', 'add', 'default', 'via', routerToRelay);
    ip('netns', 'exec', names.router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    giveAddress();
  } catch (error) {
    close();
    throw error;
  }

  /** What a DHCP client does. */
  function giveAddress(): void {
    ip('-n', names.client, 'link', 'set', 'net', 'up');
    ip('-n', names.client, 'addr', 'replace', `${address}/24`, 'dev', 'net');
    ip('-n', names.client, 'route', 'replace', 'default', 'via', routerToClient);
  }

  return {
    start(place, script) {
      return spawn('ip', ['netns', 'exec', names[place], process.execPath, script], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        // The relay is in no proxy's reach.
        env: { ...process.env, NO_PROXY: '*', no_proxy: '*' },
      });
    },
    setCable(plugged) {
      ip('-n', names.router, 'link', 'set', 'client', plugged ? 'up' : 'down');
    },
    setInterface(on) {
      if (on) giveAddress();
      else ip('-n', names.client, 'link', 'set', 'net', 'down');
    },
    changeAddress() {
      ip('-n', names.client, 'addr', 'del', `${address}/24`, 'dev', 'net');
      address = address === clientAddresses[0] ? clientAddresses[1] : clientAddresses[0];
      giveAddress();
    },
    swallow(...toward) {
      for (const old of swallowed) ip('-n', names.router, 'route', 'del', 'blackhole', `${old}/32`);
      swallowed.clear();
      for (const side of toward) {
        const target = side === 'client' ? address : relayAddress;
        ip('-n', names.router, 'route', 'add', 'blackhole', `${target}/32`);
        swallowed.add(target);
      }
    },
    close,
  };
}
