import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../support/demo-config.ts';
import { makeDemoCertificates } from '../../support/demo-certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { type RelayProcess, startRelayProcess } from '../../support/start-relay-process.ts';
import { type EchoAnswer, type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { type Issuer, startIssuer } from './start-issuer.ts';

/** The least that a tunnel needs: an issuer, an upstream, and a relay in a process of its own, over TLS. */
export interface TunnelWorld {
  readonly relayUrl: string;
  readonly relayPort: number;
  readonly ca: string;
  readonly dataDir: string;
  readonly issuer: Issuer;
  readonly echo: EchoUpstream;
  readonly relay: RelayProcess;
  /** Kills the relay without notice and starts it again: it remembers no tunnel. */
  crashRelay(): Promise<void>;
  /** Writes the configuration anew; the running relay reloads it. */
  configure(change: (config: ConfigInput) => ConfigInput): void;
  close(): Promise<void>;
}

export interface TunnelWorldOptions {
  readonly limits?: ConfigInput['limits'];
  readonly answer?: EchoAnswer;
  /** Whether the relay asks clients for a certificate (RFC 8705). */
  readonly clientCertificates?: boolean;
  /** Processes of the relay that carry tunnels; CAUSEWAY_TEST_WORKERS, or 1, when left out. */
  readonly workers?: number;
  /** Changes the configuration before it is written. */
  readonly configure?: (config: ConfigInput) => ConfigInput;
  /** Address that the relay listens on and is called by, instead of 127.0.0.1. */
  readonly address?: string;
  /** How Node is told to run the relay, besides the usual. */
  readonly execArgv?: readonly string[];
  /** Upstream of a second API, `bulk`. */
  readonly bulkUpstream?: string;
  /** Another upstream for the API than the echo. */
  readonly upstream?: string;
}

/** Starts the world; when a part fails to start, those that are up are ended before it throws. */
export async function startTunnelWorld(options: TunnelWorldOptions = {}): Promise<TunnelWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-tunnel-'));
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const dataDir = join(dir, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    const { address = '127.0.0.1', execArgv = [] } = options;
    const { ca } = await makeDemoCertificates(dir, [address]);
    const relayPort = await freePort();
    const relayUrl = `https://${address}:${relayPort}`;
    const issuer = await startIssuer(relayUrl);
    closers.push(() => issuer.close());
    const echo = await startEcho(options.answer === undefined ? {} : { answer: options.answer });
    closers.push(() => echo.close());
    const configPath = join(dir, 'relay.yaml');
    let config: ConfigInput = {
      relay: {
        name: 'Tunnel Test',
        url: relayUrl,
        listen: { host: address, port: relayPort },
        tls: {
          cert: 'relay.pem',
          key: 'relay-key.pem',
          client_certificates: options.clientCertificates ?? false,
        },
        data: 'data',
        drain_seconds: 0,
        workers: options.workers ?? Number(process.env['CAUSEWAY_TEST_WORKERS'] ?? 1),
      },
      issuers: [{ name: 'Issuer', issuer: issuer.url, client_id: 'causeway', audience: relayUrl }],
      apis: [
        {
          id: 'echo',
          name: 'Echo',
          upstream: options.upstream ?? echo.url,
          rules: [
            { name: 'developers', groups: ['developers'] },
            { name: 'nobody', effect: 'deny', groups: ['*'], paths: ['/denied'] },
          ],
        },
        ...(options.bulkUpstream === undefined
          ? []
          : [{ id: 'bulk', name: 'Bulk', upstream: options.bulkUpstream, rules: [{ name: 'all', groups: ['*'] }] }]),
      ],
      limits: options.limits ?? {},
      log: { level: 'info' },
    };
    const configure = (change: (config: ConfigInput) => ConfigInput): void => {
      config = change(config);
      writeFileSync(configPath, stringify(config), { mode: 0o600 });
    };
    configure(options.configure ?? ((unchanged) => unchanged));
    let relay = await startRelayProcess({ configPath, execArgv, readyTimeoutMs: 90_000 });
    closers.push(() => relay.stop());
    return {
      relayUrl,
      relayPort,
      ca,
      dataDir,
      issuer,
      echo,
      get relay() {
        return relay;
      },
      configure,
      async crashRelay() {
        relay.signal('SIGKILL');
        await relay.stop();
        relay = await startRelayProcess({ configPath, execArgv, readyTimeoutMs: 90_000 });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
