import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ConfigInput } from '../support/demo-config.ts';
import { freePort } from '../support/free-port.ts';
import { startIdp } from '../support/idp/start-idp.ts';
import { type RelayProcess, startRelayProcess } from '../support/start-relay-process.ts';
import { startEcho } from '../support/upstreams/start-echo.ts';
import { AuditTail, caseOf } from './audit-tail.ts';
import type { Evidence, Sighting } from './evidence.ts';
import { plannedAnswer } from './honest-exchanges.ts';
import { keep } from './http1-caller.ts';
import { randomOfCase, type SeededRandom } from './seeded-random.ts';
import { type ConnectProcess, startConnect } from './start-connect.ts';
import { startHttp2Liar } from './start-http2-liar.ts';
import { startHttp2Witness } from './start-http2-witness.ts';
import { startWitness, type Witness, type WitnessEvents } from './start-witness.ts';
import { floodOverHttp1, floodOverHttp2 } from './upstream-floods.ts';
import { type Lie, lieOverHttp1, lieOverHttp2 } from './upstream-lies.ts';

/** The two processes under attack, the upstreams that look on or lie, and what the audit says. */
export interface AttackWorld {
  readonly seed: number;
  readonly relay: RelayProcess;
  readonly client: ConnectProcess;
  readonly audit: AuditTail;
  /** Cases under way or not judged yet, by number. */
  readonly cases: Map<number, Evidence>;
  /** Wrong, and of no known case. */
  readonly complaints: string[];
  /** Seen by upstreams, of no case that runs: bytes were turned over in a path. */
  readonly strays: Sighting[];
  /** Ends what is open at the upstreams. */
  dropUpstreamConnections(): void;
  close(): Promise<void>;
}

/** A request has its time, so that what stalls ends while somebody looks; where nobody lies, also on a busy machine. */
export const maxSeconds = 20;
const ofLiars = { timeout_seconds: 2, max_seconds: 4 };
const ofWitnesses = { timeout_seconds: 15, max_seconds: maxSeconds };
const apis = ['canary', 'plain1', 'plain2', 'lies1', 'lies2'] as const;

function configOf(
  relayUrl: string,
  port: number,
  dataDir: string,
  idp: { issuer: string; clientId: string },
  upstreams: Readonly<Record<(typeof apis)[number], string>>,
): ConfigInput {
  const rules = [
    { name: 'everybody', groups: ['*'] },
    { name: 'secret', effect: 'deny' as const, groups: ['*'], paths: ['/secret', '/secret/**'] },
  ];
  return {
    relay: {
      name: 'Example Company',
      url: relayUrl,
      listen: { host: '127.0.0.1', port },
      data: dataDir,
      drain_seconds: 0,
    },
    issuers: [{ name: 'Example Company', issuer: idp.issuer, client_id: idp.clientId, audience: relayUrl }],
    apis: apis.map((id) => ({
      id,
      name: id,
      upstream: upstreams[id],
      rules,
      ...(id.startsWith('lies') ? ofLiars : ofWitnesses),
      ...(id.endsWith('2') ? { protocol: 'http2' as const } : {}),
    })),
    // A busy machine is late with everything; what the relay takes is bounded by other means here.
    limits: { header_timeout_seconds: 3, max_delay_ms: 60_000 },
    log: { level: 'info' },
  };
}

/** Starts it all on loopback; what has come up is ended when something doesn't. */
export async function startAttackWorld(seed: number): Promise<AttackWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-attack-'));
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(dir, { recursive: true, force: true });
  };
  const started = async <T extends { close(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    closers.push(() => part.close());
    return part;
  };
  try {
    const cases = new Map<number, Evidence>();
    const complaints: string[] = [];
    const strays: Sighting[] = [];
    let audit: AuditTail | null = null;
    const events = (api: string): WitnessEvents => ({
      api,
      ...watching(seed, api, { cases, complaints, strays }, (id) => audit?.allows(id) === true),
    });
    const witnesses: Witness[] = [
      await started(startWitness(events('plain1'))),
      await started(startHttp2Witness(events('plain2'))),
      await started(startWitness(events('lies1'))),
      await started(startHttp2Liar({ ...events('lies2'), lie: liar(seed, cases, lieOverHttp2, floodOverHttp2) })),
    ];
    const [plain1 = '', plain2 = '', lies1 = '', lies2 = ''] = witnesses.map(({ url }) => url);
    const canary = await started(startEcho({ answer: ({ response }) => (response.end('fine'), true) }));
    const port = await freePort();
    const relayUrl = `http://127.0.0.1:${port}`;
    const idp = await started(startIdp({ audience: relayUrl }));
    const dataDir = join(dir, 'data');
    const configPath = join(dir, 'relay.yaml');
    const upstreams = { canary: canary.url, plain1, plain2, lies1, lies2 };
    writeFileSync(configPath, stringify(configOf(relayUrl, port, dataDir, idp, upstreams)), { mode: 0o600 });
    const relay = await startRelayProcess({ configPath });
    closers.push(() => relay.stop());
    const client = await startConnect(relayUrl, apis);
    closers.push(() => client.stop(10_000));
    const tail = new AuditTail(dataDir);
    audit = tail;
    closers.push(async () => tail.close());
    return {
      seed,
      relay,
      client,
      audit: tail,
      cases,
      complaints,
      strays,
      dropUpstreamConnections: () => witnesses.forEach((witness) => witness.dropConnections()),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function watching(
  seed: number,
  api: string,
  { cases, complaints, strays }: Pick<AttackWorld, 'cases' | 'complaints' | 'strays'>,
  isRecorded: (requestId: string) => boolean,
): Omit<WitnessEvents, 'api'> {
  return {
    seen(request) {
      const sighting: Sighting = { ...request, body: null, answered: null, recorded: isRecorded(request.requestId) };
      const evidence = cases.get(caseOf(request.target) ?? -1);
      (evidence?.sightings ?? strays).push(sighting);
      return sighting;
    },
    answer({ target }) {
      if (api.startsWith('lies')) return null;
      const index = Number(/^\/case\/\d+\/(\d+)/u.exec(target)?.[1] ?? 0);
      return plannedAnswer(seed, caseOf(target) ?? 0, index);
    },
    lie: liar(seed, cases, lieOverHttp1, floodOverHttp1),
    broken: (why) => complaints.push(`${api} got ${why}`),
  };
}

/** Tells the lie that belongs to a case, the same each time, and keeps what it wrote. */
function liar<Request extends { readonly socket: { write(...given: never[]): boolean } }>(
  seed: number,
  cases: ReadonlyMap<number, Evidence>,
  tell: (random: SeededRandom, request: Request) => Lie,
  flood: (random: SeededRandom, request: Request) => Lie,
): (sighting: Sighting, request: Request) => void {
  return ({ target }, request) => {
    const number = caseOf(target) ?? 0;
    const evidence = cases.get(number);
    if (evidence === undefined) return;
    const random = randomOfCase(seed, number, 1);
    const { socket } = request;
    const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
    socket.write = (...given: unknown[]) => {
      const [bytes] = given;
      keep(evidence.fromUpstream, Buffer.isBuffer(bytes) ? bytes : Buffer.from(String(bytes)));
      return write(...given);
    };
    const { name, whole } = (evidence.kind.startsWith('floods') ? flood : tell)(random, request);
    socket.write = write;
    evidence.lie = name;
    evidence.lieIsWhole = whole;
  };
}
