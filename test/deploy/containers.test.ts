import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../support/start-headless-client.ts';
import { postgresPrograms, startPostgres } from '../support/start-postgres.ts';
import { redisProgram, startRedis } from '../support/start-redis.ts';
import { startRelayProcess } from '../support/start-relay-process.ts';

// No engine for containers is needed: what stands in the files is read, and what they start is run without them.
const project = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(project, 'deploy', file), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string; readonly context: string };
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly [key: string]: unknown;
}
const { services } = parse(read('compose/compose.yaml')) as { services: Record<string, Service> };

test('the container’s user isn’t root, owns nothing but the data, and its health is asked for', () => {
  const [, last = ''] = read('container/Containerfile').split(/^FROM .* AS relay$/m);
  expect(last).toMatch(/^USER 65532:65532$/m);
  expect(last).toMatch(/^COPY --from=build --chown=0:0 /m);
  expect(last).toMatch(/^HEALTHCHECK /m);
  expect(last).toMatch(/^VOLUME \/var\/lib\/causeway$/m);
  expect(last).not.toMatch(/\bnpm\b/);
});

test('the relay of the compose file may write to its data and temporary files only, and has no rights', () => {
  expect(services['relay']).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    tmpfs: ['/tmp'],
    volumes: ['company:/etc/causeway:ro', 'data:/var/lib/causeway'],
  });
});

test.each(Object.keys(services))('%s is reached from this computer alone, and is what the files say', (name) => {
  const { image, build, command, ports = [] } = services[name] ?? {};
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  if (build === undefined) expect(image).toMatch(/:\d/);
  else expect(existsSync(join(project, build.dockerfile))).toBe(true);
  for (const word of command ?? []) if (word.endsWith('.ts')) expect(existsSync(join(project, word))).toBe(true);
});

test.runIf(postgresPrograms !== null && redisProgram !== null)(
  'what the compose file starts serves people, and says that it is healthy',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-company-'));
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    const [relayPort, idpPort] = [await freePort(), await freePort()];
    const data = join(folder, 'data');
    const flags = { folder, data, 'relay-port': relayPort, 'idp-port': idpPort };
    const company = spawn(
      process.execPath,
      [
        join(project, 'test/deploy/company.ts'),
        ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const gone = once(company, 'exit');
    try {
      await once(company.stdout, 'data');
      const relay = await startRelayProcess({
        configPath: join(folder, 'relay.yaml'),
        env: { STORAGE_URL: await postgres.createDatabase(), REDIS_URL: redis.url },
      });
      const client = await startHeadlessClient({
        ca: [readFileSync(join(folder, 'ca.pem'), 'utf8')],
        openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
      });
      const { id } = await client.signIn(`https://127.0.0.1:${relayPort}`);
      const { address } = await client.connect(id, 'orders');
      expect((await fetch(`${address}/v1/orders/4711`)).status).toBe(200);
      await client.close();
      expect(await healthOf(data)).toBe(0);
      await relay.stop();
      expect(await healthOf(data)).toBe(1);
    } finally {
      company.kill('SIGTERM');
      await gone;
      await Promise.all([postgres.stop(), redis.stop()]);
      rmSync(folder, { recursive: true });
    }
  },
);

async function healthOf(data: string): Promise<unknown> {
  const script = join(project, 'deploy/container/is-healthy.mjs');
  const [code] = (await once(spawn(process.execPath, [script, data], { stdio: 'ignore' }), 'exit')) as [number | null];
  return code;
}
