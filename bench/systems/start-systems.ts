import { startScript } from '../start-process.ts';
import { startApache } from './apache.ts';
import type { BenchSystem, BenchWorld, SystemName } from './bench-system.ts';
import { startCauseway } from './causeway.ts';
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
    if (options.wanted.has('node-proxy')) {
      const proxy = await startScript('node-proxy', { upstreamPort: world.upstreamPort });
      closers.push(proxy.close);
      systems.push({
        name: 'node-proxy',
        port: Number(proxy.ready['port']),
        headers: {},
        pids: [proxy.pid],
        memoryPids: [proxy.pid],
        close: nothing,
      });
    }
    if (options.wanted.has('ssh') || options.wanted.has('ssh-apache')) await startSsh();
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
