import { startScript, type BenchProcess } from '../start-process.ts';
import { startApache } from './apache.ts';
import type { BenchSystem, BenchWorld, SystemName } from './bench-system.ts';
import { startCauseway } from './causeway.ts';
import { startChisel } from './chisel.ts';
import { startNetHops } from './net-hops.ts';
import { startSshServer } from './ssh.ts';

export interface StartedSystems {
  readonly systems: readonly BenchSystem[];
  /** Systems that can't run here, with the reason. */
  readonly missing: readonly { readonly name: SystemName; readonly because: string }[];
  readonly close: () => Promise<void>;
}

/** Starts every wanted system that this machine has; what is up is ended when one fails. */
export async function startSystems(
  world: BenchWorld,
  options: { readonly relayPort: number; readonly clientId: string; readonly wanted: ReadonlySet<SystemName> },
): Promise<StartedSystems> {
  const systems: BenchSystem[] = [];
  const missing: { name: SystemName; because: string }[] = [];
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  const nothing = async (): Promise<void> => undefined;

  async function startProxy(upstreamPort: number): Promise<BenchProcess> {
    const proxy = await startScript('node-proxy', { upstreamPort });
    closers.push(proxy.close);
    return proxy;
  }

  async function startProxies(): Promise<void> {
    const add = (name: SystemName, port: number, pids: number[]): void => {
      if (options.wanted.has(name)) systems.push({ name, port, headers: {}, pids, memoryPids: pids, close: nothing });
    };
    const last = await startProxy(world.upstreamPort);
    add('node-proxy', Number(last.ready['port']), [last.pid]);
    if (!options.wanted.has('node-proxy-twice')) return;
    const first = await startProxy(Number(last.ready['port']));
    add('node-proxy-twice', Number(first.ready['port']), [first.pid, last.pid]);
  }

  async function startSsh(): Promise<void> {
    const server = await startSshServer(world.dir);
    if (server === null) {
      for (const name of ['ssh', 'ssh-apache'] as const) missing.push({ name, because: 'OpenSSH isn’t installed' });
      return;
    }
    closers.push(server.close);
    const add = async (
      name: SystemName,
      target: number,
      pids: number[],
      headers: Record<string, string>,
    ): Promise<void> => {
      const tunnel = await server.forward(target);
      closers.push(tunnel.close);
      const all = [server.pid, ...pids];
      systems.push({ name, port: tunnel.port, headers, pids: [...all, tunnel.pid], memoryPids: all, close: nothing });
    };
    if (options.wanted.has('ssh')) await add('ssh', world.upstreamPort, [], {});
    if (!options.wanted.has('ssh-apache')) return;
    const apache = await startApache(world);
    if (apache === null) {
      missing.push({ name: 'ssh-apache', because: 'Apache with mod_auth_openidc isn’t installed' });
      return;
    }
    closers.push(apache.close);
    await add('ssh-apache', apache.port, [apache.pid], { authorization: `Bearer ${world.accessToken}` });
  }

  try {
    if (options.wanted.has('direct')) {
      systems.push({ name: 'direct', port: world.upstreamPort, headers: {}, pids: [], memoryPids: [], close: nothing });
    }
    if (options.wanted.has('node-proxy') || options.wanted.has('node-proxy-twice')) await startProxies();
    if (options.wanted.has('net-hops')) {
      const hops = await startNetHops(world);
      closers.push(hops.close);
      systems.push(hops);
    }
    if (options.wanted.has('ssh') || options.wanted.has('ssh-apache')) await startSsh();
    if (options.wanted.has('chisel')) {
      const chisel = await startChisel(world);
      if (chisel === null) missing.push({ name: 'chisel', because: 'it isn’t installed' });
      else {
        closers.push(chisel.close);
        systems.push(chisel);
      }
    }
    if (options.wanted.has('causeway')) {
      const causeway = await startCauseway(world, options.relayPort, options.clientId);
      closers.push(causeway.close);
      systems.push(causeway);
    }
    return { systems, missing, close };
  } catch (error) {
    await close();
    throw error;
  }
}
