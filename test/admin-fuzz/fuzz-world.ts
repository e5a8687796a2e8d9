import { drainedWords } from '../../relay/vitals/drained-words.ts';
import type { AdminDocument } from '../relay/admin/support/admin-document.ts';
import { freePort } from '../support/free-port.ts';
import { startTunnelWorld, type TunnelWorld } from '../tunnel/support/tunnel-world.ts';

/** A relay with operators, whose API is to be fuzzed. */
export interface FuzzWorld {
  readonly port: number;
  readonly document: AdminDocument;
  readonly tokens: readonly string[];
  /** Whether the relay is alive and answers. */
  isWell(): Promise<boolean>;
  close(): Promise<void>;
}

const operators = 100;

export async function startFuzzWorld(): Promise<FuzzWorld> {
  const port = await freePort();
  const admin = { listen: { port }, roles: { owner: ['owners-of-the-relay'] } };
  const world: TunnelWorld = await startTunnelWorld({ configure: (config) => ({ ...config, admin }) });
  try {
    const tokens = await Promise.all(
      Array.from({ length: operators }, (_, index) =>
        world.issuer.token(`operator-${index}`, 3600, { groups: ['owners-of-the-relay'] }),
      ),
    );
    const url = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${url}/admin/v1/openapi.json`, { headers: { authorization: `Bearer ${tokens[0]}` } });
    return {
      port,
      document: (await answer.json()) as AdminDocument,
      tokens,
      async isWell() {
        const ready = await fetch(`${url}/readyz`);
        const { problems } = (await ready.json()) as { problems: readonly string[] };
        // A request that was made up may have drained it.
        return problems.every((words) => words === drainedWords);
      },
      close: () => world.close(),
    };
  } catch (error) {
    await world.close();
    throw error;
  }
}
