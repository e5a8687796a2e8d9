import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import type { AuditEntry } from '../../../relay/audit/reading/audit-query.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import { startIdp, type Idp } from '../../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { startHeadlessClient, type HeadlessClient } from '../../support/start-headless-client.ts';
import { startRelayProcess, type RelayProcess } from '../../support/start-relay-process.ts';

type ApiInput = ConfigInput['apis'][number];
export type AuditedDecision = AuditEntry & { readonly record: Extract<AuditEntry['record'], { type: 'decision' }> };

export interface PipelineWorldOptions {
  /** APIs without rules are open to everybody. */
  readonly apis: readonly ApiInput[];
  readonly user?: string;
  readonly limits?: ConfigInput['limits'];
  /** Further keys of the configuration. */
  readonly more?: Partial<
    Pick<
      ConfigInput,
      'shared_state' | 'tiers' | 'request_limits' | 'access_requests' | 'audit' | 'disclose' | 'client_policy'
    >
  >;
  /** Runs the relay as a process of its own, to look at its memory or to send it signals. */
  readonly separate?: boolean;
  readonly dataDir?: string;
  /** `drain_seconds`; 0 when left out. */
  readonly drainSeconds?: number;
}

/** A relay, a provider and a signed-in client without a window, with all given APIs connected. */
export interface PipelineWorld {
  readonly relayUrl: string;
  readonly idp: Idp;
  readonly client: HeadlessClient;
  readonly profileId: string;
  readonly dataDir: string;
  readonly configPath: string;
  /** Only with `separate`. */
  readonly process: RelayProcess | null;
  /** The local port of an API. */
  port(api: string): number;
  gatewayPort(): number;
  /** Writes the configuration anew and, in process, puts it in force. */
  configure(change: (config: ConfigInput) => ConfigInput): Promise<void>;
  /** Decisions in the audit, newest first, with their outcomes as far as known. */
  decisions(limit?: number): readonly AuditedDecision[];
  close(): Promise<void>;
}

const openToAll = [{ name: 'everybody', groups: ['*'] }];

/** Starts the world over plain HTTP on loopback; when a part fails, those already up are ended before it throws. */
export async function startPipelineWorld(options: PipelineWorldOptions): Promise<PipelineWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-pipeline-'));
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const relayPort = await freePort();
    const relayUrl = `http://127.0.0.1:${relayPort}`;
    const idp = await startIdp({ audience: relayUrl });
    closers.push(() => idp.close());
    const dataDir = options.dataDir ?? join(dir, 'data');
    const configPath = join(dir, 'relay.yaml');
    let config: ConfigInput = {
      relay: {
        name: 'Example Company',
        url: relayUrl,
        listen: { host: '127.0.0.1', port: relayPort },
        data: dataDir,
        drain_seconds: options.drainSeconds ?? 0,
      },
      issuers: [{ name: 'Example Company', issuer: idp.issuer, client_id: idp.clientId, audience: relayUrl }],
      apis: options.apis.map((api) => ({ rules: openToAll, ...api })),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      log: { level: 'info' },
      ...options.more,
    };
    const write = (): void => writeFileSync(configPath, stringify(config), { mode: 0o600 });
    write();

    let relayProcess: RelayProcess | null = null;
    let reload: () => Promise<void> = async () => undefined;
    if (options.separate === true) {
      const started = await startRelayProcess({ configPath });
      relayProcess = started;
      closers.push(() => started.stop());
    } else {
      const relay = await startRelay(await loadConfig(configPath), pino({ level: 'silent' }));
      closers.push(() => relay.close());
      reload = async () => relay.reload(await loadConfig(configPath));
    }

    const client = await startHeadlessClient({
      ca: [],
      openBrowser: async (url) => {
        if (new URL(url).pathname !== '/session/end') {
          await signInWithoutBrowser(url, { user: options.user ?? 'alice' });
        }
      },
    });
    closers.push(() => client.close());
    const { id: profileId } = await client.signIn(relayUrl);
    const ports = new Map<string, number>();
    for (const { id } of options.apis) ports.set(id, (await client.connect(profileId, id)).port);

    return {
      relayUrl,
      idp,
      client,
      profileId,
      dataDir,
      configPath,
      process: relayProcess,
      port(api) {
        const port = ports.get(api);
        if (port === undefined) throw new Error(`${api} isn’t connected`);
        return port;
      },
      gatewayPort: () => client.core.snapshot().settings.gatewayPort,
      async configure(change) {
        config = change(config);
        write();
        await reload();
      },
      decisions: (limit = 1000) => queryAudit(dataDir, { limit, type: 'decision' }).filter(isDecision),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function isDecision(entry: AuditEntry): entry is AuditedDecision {
  return entry.record.type === 'decision';
}
