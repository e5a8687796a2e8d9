import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { openAuditReader } from '../../../relay/audit/reading/audit-reader.ts';
import { openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import { inviteToBreakGlass } from '../../../relay/break-glass/invite.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import type { Inviter } from '../../../relay/break-glass/two-people.ts';
import type { Relay } from '../../../relay/start/relay.ts';
import { startRelay } from '../../../relay/start/start-relay.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { freePort } from '../../support/free-port.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { type HeadlessClient, startHeadlessClient } from '../../support/start-headless-client.ts';
import { TestBrowser, type VisitedPage } from '../../support/test-browser.ts';
import { startOrders } from '../../support/upstreams/start-orders.ts';
import type { AnswerChanges, SoftAuthenticator } from './soft-authenticator.ts';

type BreakGlassInput = NonNullable<ConfigInput['break_glass']>;

/** A relay with accounts of its own, a provider that can be away, and an API. */
export interface BreakGlassWorld {
  readonly dataDir: string;
  readonly configPath: string;
  readonly relayUrl: string;
  readonly issuer: string;
  readonly idp: Idp;
  readonly logged: readonly string[];
  readonly relay: () => Relay;
  /** @param person an owner who makes the link at the admin API; root when left out */
  invite(account: string, person?: Inviter): string;
  /** The code of now, as if none had been used yet. */
  freshCode(account: string, secret: string): string;
  /** All that is recorded by now, oldest first. */
  records(): readonly AuditRecord[];
  newClient(openBrowser: (url: string) => Promise<void>): Promise<HeadlessClient>;
  /** Puts another config in force. */
  reload(change: (config: ConfigInput) => ConfigInput): Promise<void>;
  /** Ends the relay, so that another process can be it. */
  stop(): Promise<void>;
  restart(change?: (config: ConfigInput) => ConfigInput): Promise<void>;
}

export const passphrase = 'seven purple otters juggle';

/** Starts the world on loopback, gone when the test is, or with what `atEnd` is. */
export async function startBreakGlassWorld(
  settings: Partial<BreakGlassInput> = {},
  others: Partial<ConfigInput> = {},
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<BreakGlassWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-break-glass-'));
  const closers: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  atEnd(async () => {
    for (const closer of closers.toReversed()) await closer();
  });
  const port = await freePort();
  // Browsers keep passkeys for names, not for addresses.
  const relayUrl = `http://localhost:${port}`;
  const idp = await startIdp({ audience: relayUrl, accessTokenSeconds: 3600 });
  closers.push(() => idp.close());
  const orders = await startOrders();
  closers.push(() => orders.close());
  const dataDir = join(dir, 'data');
  const configPath = join(dir, 'relay.yaml');
  let config: ConfigInput = {
    relay: {
      name: 'Example Company',
      url: relayUrl,
      listen: { host: '127.0.0.1', port },
      data: dataDir,
      drain_seconds: 0,
    },
    issuers: [{ name: 'SSO', issuer: idp.issuer, client_id: idp.clientId, audience: relayUrl }],
    apis: [
      {
        id: 'orders',
        name: 'Orders',
        upstream: orders.url,
        rules: [{ name: 'keepers', groups: ['keepers', 'developers'] }],
      },
    ],
    break_glass: {
      accounts: [
        { name: 'kim', full_name: 'Kim Lee', groups: ['keepers'], sign_in: 'passkey' },
        { name: 'pat', groups: ['keepers'], sign_in: 'passphrase' },
        { name: 'sam', groups: ['other'], sign_in: 'passphrase' },
      ],
      ...settings,
    },
    ...others,
  };
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const write = (): void => writeFileSync(configPath, stringify(config), { mode: 0o600 });
  const begin = async (): Promise<Relay> => {
    write();
    return startRelay(await loadConfig(configPath), log);
  };
  let relay = await begin();
  let isRunning = true;
  closers.push(() => (isRunning ? relay.close() : undefined));
  const loaded = await loadConfig(configPath);

  return {
    dataDir,
    configPath,
    relayUrl,
    issuer: `${relayUrl}/break-glass`,
    idp,
    logged,
    relay: () => relay,
    invite(account, person) {
      const store = openBreakGlassStore(dataDir, Date.now);
      try {
        const by = { author: 'root (command line)', person: person ?? null, reason: 'a test', before: 'not enrolled' };
        return inviteToBreakGlass(loaded.config, store, account, by, Date.now()).link;
      } finally {
        store.close();
      }
    },
    freshCode(account, secret) {
      const store = openBreakGlassStore(dataDir, Date.now);
      store.change(account, ({ credentials }) => {
        const phrase = credentials?.passphrase;
        if (credentials === null || phrase === undefined || phrase === null) return null;
        return { credentials: { ...credentials, passphrase: { ...phrase, lastStep: 0 } } };
      });
      store.close();
      return codeOf(secret);
    },
    records() {
      const reader = openAuditReader(dataDir);
      try {
        return [...reader.newestFirst({})].map(({ record }) => record).toReversed();
      } finally {
        reader.close();
      }
    },
    async newClient(openBrowser) {
      const client = await startHeadlessClient({ ca: [], openBrowser });
      closers.push(() => client.close());
      return client;
    },
    async reload(change) {
      config = change(config);
      write();
      relay.reload(await loadConfig(configPath));
    },
    async stop() {
      isRunning = false;
      await relay.close();
    },
    async restart(change = (same) => same) {
      await relay.close();
      config = change(config);
      relay = await begin();
    },
  };
}

/** The one-time code of a secret, `steps` from now. */
export function codeOf(secret: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: Date.now() + steps * 30_000 });
}

/** A code that no step near now has. */
export function wrongCode(secret: string): string {
  const near = new Set([-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps)));
  return ['000000', '000001', '000002', '000003', '000004', '000005'].find((code) => !near.has(code)) ?? '';
}

/** The value of a hidden field of a page. */
export function fieldOf({ text }: VisitedPage, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
}

/** A person’s browser at the relay’s own pages, without scripts. */
export class PersonBrowser {
  readonly browser = new TestBrowser();
  readonly #origin: string;

  constructor({ relayUrl }: Pick<BreakGlassWorld, 'relayUrl'>) {
    this.#origin = relayUrl;
  }

  open(url: string): Promise<VisitedPage> {
    return this.browser.visit(url);
  }

  post(
    action: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { origin: this.#origin },
  ): Promise<VisitedPage> {
    const url = `${this.#origin}/break-glass/${action}`;
    return this.browser.visit(url, new URLSearchParams({ ...fields }), headers);
  }

  /** Enrols passphrase and codes by a link; answers the secret of the codes. */
  async enrol(link: string, phrase = passphrase): Promise<string> {
    const page = await this.open(link);
    const secret = /class="key">([A-Z2-7]+)</.exec(page.text)?.[1] ?? '';
    const fields = { flow: fieldOf(page, 'flow'), passphrase: phrase, repeated: phrase, code: codeOf(secret) };
    const done = await this.post('enrol', fields);
    if (done.status !== 200 || !done.text.includes('<h1>Enrolled</h1>')) throw new Error(done.text);
    return secret;
  }

  /** Enrols a passkey by a link. */
  async enrolPasskey(
    link: string,
    authenticator: SoftAuthenticator,
    changes: AnswerChanges = {},
  ): Promise<VisitedPage> {
    const page = await this.open(link);
    const answer = JSON.stringify(authenticator.create(optionsOf(page), changes));
    return this.post('enrol', { flow: fieldOf(page, 'flow'), answer });
  }

  /** Answers the passkey’s part of a page. */
  async usePasskey(page: VisitedPage, answer: object, fields: Readonly<Record<string, string>> = {}) {
    return this.post('prove', { flow: fieldOf(page, 'flow'), answer: JSON.stringify(answer), ...fields });
  }

  /** Signs in on the page that a client has opened; answers the last page. */
  async signIn(url: string, name: string, phrase: string, code: string): Promise<VisitedPage> {
    const page = await this.open(url);
    return this.post('prove', { flow: fieldOf(page, 'flow'), name, passphrase: phrase, code });
  }
}

/** What a page asks the authenticator. */
export function optionsOf({ text }: VisitedPage): Parameters<SoftAuthenticator['get']>[0] {
  const attribute = /data-options="([^"]*)"/.exec(text)?.[1] ?? '{}';
  return JSON.parse(attribute.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')) as {
    challenge: string;
  };
}

/** Where a page sends the browser by itself. */
export function returnOf({ text }: VisitedPage): string {
  return (/http-equiv="refresh" content="0;url=([^"]*)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
}
