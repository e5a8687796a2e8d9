import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { afterAll, describe, expect, it } from 'vitest';
import { otlpSettings } from '../../../relay/traces/otlp-settings.ts';
import { openOtlpSender } from '../../../relay/traces/send-otlp.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-otlp-'));
const servers: { close(): void; closeAllConnections(): void }[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

/** A receiver that answers as it is told, the last answer again and again; null leaves without a word. */
async function receiver(
  answers: readonly (number | null)[],
  server: Server = createServer(),
): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  servers.push(server);
  server.on('request', (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const status = answers[Math.min(asked.length, answers.length - 1)] ?? null;
      asked.push({ request, body: Buffer.concat(chunks) });
      if (status === null) request.socket.destroy();
      else response.writeHead(status, status === 429 ? { 'Retry-After': '0' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked };
}

const settingsOf = (environment: Record<string, string>) => otlpSettings(environment);

describe('where spans are sent', () => {
  it.each<[string, Record<string, string>, string]>([
    ['nothing is said', {}, 'http://localhost:4318/v1/traces'],
    ['of all signals', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a.example/otlp/' }, 'http://a.example/otlp/v1/traces'],
    [
      'of traces, which is the whole address',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a.example',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://b.example/in',
      },
      'https://b.example/in',
    ],
  ])('is what is said %s', (_what, environment, url) => {
    expect(settingsOf(environment).url.href).toBe(url);
  });

  it('the rest comes from the environment, too', () => {
    expect(
      settingsOf({
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=one%20key,Shared=all, nonsense,=x',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'shared=100%',
        OTEL_EXPORTER_OTLP_TIMEOUT: '9000',
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '500',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      }),
    ).toMatchObject({ headers: { 'api-key': 'one key', shared: '100%' }, timeoutMs: 500, isCompressed: true });
    expect(settingsOf({ OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' })).toMatchObject({
      timeoutMs: 10_000,
      isCompressed: false,
    });
  });

  it('a file that isn’t there is said', () => {
    expect(() => settingsOf({ OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'none.pem') })).toThrow(/none\.pem/);
  });
});

describe('a batch', () => {
  it.each<[string, readonly (number | null)[], string | null, number]>([
    ['is taken', [200], null, 1],
    ['that is refused isn’t sent again', [400, 200], 'it answers 400', 1],
    ['that comes at a bad time is sent again', [429, 429, 200], null, 3],
    ['whose connection breaks is sent again', [null, 202], null, 2],
    ['that is never taken is given up in time', [503], 'it answers 503', 1],
  ])('%s', async (_what, answers, result, times) => {
    const { port, asked } = await receiver(answers);
    const timeout = result === null ? '60000' : '700';
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: timeout,
    };
    const sender = openOtlpSender(otlpSettings(environment));
    expect(await sender.send(Buffer.from('spans'))).toBe(result);
    expect(asked.map(({ body }) => body.toString())).toEqual(Array.from({ length: times }, () => 'spans'));
    expect(asked[0]?.request.headers).toMatchObject({ 'content-type': 'application/x-protobuf' });
    expect(asked[0]?.request.url).toBe('/v1/traces');
  });

  it('goes compressed, with the headers that are asked for, to a receiver with a certificate of the company’s', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }],
    });
    writeFileSync(join(folder, 'ca.pem'), cert);
    const { port, asked } = await receiver([200], createTlsServer({ cert, key }) as unknown as Server);
    const environment = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://127.0.0.1:${port}/in`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '700',
    };
    const stranger = openOtlpSender(otlpSettings(environment));
    expect(await stranger.send(Buffer.from('spans'))).toMatch(/self-signed|certificate/);
    const known = {
      ...environment,
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
      OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'ca.pem'),
    };
    expect(await openOtlpSender(otlpSettings(known)).send(Buffer.from('spans'))).toBeNull();
    expect(asked).toHaveLength(1);
    expect(gunzipSync(asked[0]?.body ?? '').toString()).toBe('spans');
    expect(asked[0]?.request.headers).toMatchObject({ authorization: 'Bearer x', 'content-encoding': 'gzip' });
    expect(asked[0]?.request.url).toBe('/in');
  });
});
