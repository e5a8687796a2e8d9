import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { hello, openTunnel, type RawTunnel } from '../../tunnel/support/raw-tunnel.ts';
import { startTunnelWorld, type TunnelWorld, type TunnelWorldOptions } from '../../tunnel/support/tunnel-world.ts';

const attempts = 20;

/** A relay of two worker processes, with an issuer and an upstream. */
export function startWorkersWorld(options: TunnelWorldOptions = {}): Promise<TunnelWorld> {
  return startTunnelWorld({ workers: 2, ...options });
}

/** A tunnel that has been welcomed, with the worker that carries it. */
export interface WorkerTunnel {
  readonly tunnel: RawTunnel;
  readonly worker: number;
  readonly resumeToken: string;
  readonly sessionId: string;
}

/** Opens a tunnel wherever the relay puts it; the worker stands at the beginning of its resume token. */
export async function welcomed(world: TunnelWorld, token: string): Promise<WorkerTunnel> {
  const tunnel = await openTunnel(world, '', { token });
  tunnel.send(hello);
  const welcome = await tunnel.waitForControl('welcome');
  const resumeToken = String(welcome['resumeToken']);
  return { tunnel, worker: Number.parseInt(resumeToken, 10), resumeToken, sessionId: String(welcome['sessionId']) };
}

/** Opens tunnels until one is on that worker; the others are closed again. */
export async function welcomedOn(world: TunnelWorld, worker: number, token: string): Promise<WorkerTunnel> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await welcomed(world, token);
    if (found.worker === worker) return found;
    await found.tunnel.close();
  }
  throw new Error(`${attempts} tunnels were opened, none of them on worker ${worker}.`);
}

/** One tunnel on each worker. */
export async function onBothWorkers(world: TunnelWorld, token: string): Promise<readonly [WorkerTunnel, WorkerTunnel]> {
  return [await welcomedOn(world, 1, token), await welcomedOn(world, 2, token)];
}

/** Asks the relay over a connection of its own; `form` makes it a POST. */
export async function ask(
  world: TunnelWorld,
  path: string,
  options: { readonly token?: string; readonly form?: string } = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { token, form } = options;
  const call = request(`${world.relayUrl}${path}`, {
    ca: world.ca,
    agent: false,
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  });
  call.end(form);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const body = await text(response);
  return { status: response.statusCode ?? 0, body: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>) };
}
