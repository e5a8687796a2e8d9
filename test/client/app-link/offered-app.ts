import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type AppLink, type AppLinkOptions, type Consent, serveApp } from '../../../client/app-link/serve-app.ts';
import type { ClientCore } from '../../../client/core/client-core.ts';
import { type PipelineWorld, startPipelineWorld } from '../../relay/pipeline/pipeline-world.ts';
import { startEcho } from '../../support/upstreams/start-echo.ts';

/** A line of the app’s, as it came. */
export type Line = Readonly<Record<string, unknown>>;

/** How an app is offered otherwise than with everything allowed. */
export type Offer = Partial<AppLinkOptions> & { readonly allowed?: Consent };

/** A signed-in client, a place for its socket, and programs that talk with it in bytes. */
export interface OfferedApp {
  readonly world: PipelineWorld;
  readonly core: ClientCore;
  readonly folder: string;
  readonly place: string;
  offer(change?: Offer): Promise<AppLink>;
  /** Sends these, and gives the lines that come until the app ends the conversation or `count` are there. */
  say(bytes: string | Buffer, count?: number): Promise<readonly Line[]>;
  /** A connection that ends with the test. */
  connect(): Socket;
  /** Ends what a test has offered and connected. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export const hello = `${JSON.stringify({ hello: { protocols: [1], program: 'test 1' } })}\n`;
/** The line of a request. */
export const ask = (id: number, op: string, args: unknown = {}): string => `${JSON.stringify({ id, op, args })}\n`;
export const refused = (code: string) => ({ refused: expect.objectContaining({ code }) as unknown });

export async function startOfferedApp(): Promise<OfferedApp> {
  const echo = await startEcho();
  const world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  const { core } = world.client;
  const folder = mkdtempSync(join(tmpdir(), 'causeway-link-'));
  const place = join(folder, 'private', 'app.sock');
  const links: AppLink[] = [];
  const sockets: Socket[] = [];
  const open = (): Socket => {
    const socket = connect(place);
    sockets.push(socket);
    return socket;
  };
  const reset = async (): Promise<void> => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const link of links.splice(0)) await link.close();
  };
  return {
    world,
    core,
    folder,
    place,
    async offer(change = {}) {
      const link = await serveApp({
        core,
        place,
        appVersion: '0.1.0',
        consent: () => change.allowed ?? 'allowed',
        ask: async () => false,
        now: Date.now,
        didRefuse: () => undefined,
        ...change,
      });
      links.push(link);
      return link;
    },
    async say(bytes, count = Number.POSITIVE_INFINITY) {
      const socket = open();
      let text = '';
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.on('data', (data: Buffer) => {
        text += data.toString();
        if (text.split('\n').length > count) resolve();
      });
      socket.write(bytes);
      await promise;
      return text
        .split('\n')
        .filter(Boolean)
        .slice(0, count)
        .map((line) => JSON.parse(line) as Line);
    },
    connect: open,
    reset,
    async close() {
      await reset();
      await world.close();
      await echo.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
