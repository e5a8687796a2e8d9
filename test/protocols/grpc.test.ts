import {
  Client,
  credentials,
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';

const identityCodec = { serialize: (value: Buffer) => value, deserialize: (bytes: Buffer) => bytes };
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/shipping.Parcels/${name}`,
  requestStream,
  responseStream,
  requestSerialize: identityCodec.serialize,
  requestDeserialize: identityCodec.deserialize,
  responseSerialize: identityCodec.serialize,
  responseDeserialize: identityCodec.deserialize,
});
const service = {
  Get: method('Get', false, false),
  Watch: method('Watch', false, true),
  Chat: method('Chat', true, true),
  Delete: method('Delete', false, false),
  Wait: method('Wait', false, false),
} satisfies ServiceDefinition;

let server: Server;
let world: PipelineWorld;
let client: Client;
const seen: { method: string; identity: string | undefined; forged: string | undefined }[] = [];

beforeAll(async () => {
  server = new Server();
  const get: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    seen.push({
      method: 'Get',
      identity: call.metadata.get('x-causeway-identity')[0]?.toString(),
      forged: call.metadata.get('x-forwarded-user')[0]?.toString(),
    });
    const trailer = new Metadata();
    trailer.set('checked-by', 'parcels');
    callback(null, Buffer.concat([Buffer.from('parcel '), call.request]), trailer);
  };
  const watch: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    for (const word of ['packed', 'sent', 'delivered']) call.write(Buffer.from(word));
    call.end();
  };
  const chat: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    call.on('data', (message: Buffer) => call.write(Buffer.from(message.toString().toUpperCase())));
    call.on('end', () => call.end());
  };
  const remove: handleUnaryCall<Buffer, Buffer> = (_call, callback) => {
    seen.push({ method: 'Delete', identity: undefined, forged: undefined });
    callback({ code: status.INTERNAL, details: 'must not be reached' });
  };
  const wait: handleUnaryCall<Buffer, Buffer> = () => undefined;
  server.addService(service, { Get: get, Watch: watch, Chat: chat, Delete: remove, Wait: wait });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  world = await startPipelineWorld({
    apis: [
      {
        id: 'parcels',
        name: 'Parcels',
        upstream: `http://127.0.0.1:${port}`,
        protocol: 'http2',
        rules: [
          { name: 'everybody', groups: ['*'] },
          { name: 'nobody-deletes', effect: 'deny', paths: ['/shipping.Parcels/Delete'] },
        ],
      },
    ],
  });
  client = new Client(`127.0.0.1:${world.port('parcels')}`, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  await world.close();
  server.forceShutdown();
});

function unary(name: keyof typeof service, message: string, options: { deadline?: Date } = {}) {
  const metadata = new Metadata();
  metadata.set('x-forwarded-user', 'mallory');
  return new Promise<{ error: ServiceError | null; answer: string; trailers: Metadata }>((resolve) => {
    let trailers = new Metadata();
    let answer = '';
    let failed: ServiceError | null = null;
    const call = client.makeUnaryRequest(
      service[name].path,
      identityCodec.serialize,
      identityCodec.deserialize,
      Buffer.from(message),
      metadata,
      options,
      (error, value) => {
        failed = error;
        answer = value?.toString() ?? '';
      },
    );
    call.on('status', (received) => {
      trailers = received.metadata;
      setImmediate(() => resolve({ error: failed, answer, trailers }));
    });
  });
}

test('a call that a rule denies never reaches the upstream', async () => {
  const { error } = await unary('Delete', 'x');
  expect(error?.code).toBe(status.PERMISSION_DENIED);
  expect(seen.filter((call) => call.method === 'Delete')).toEqual([]);
});

test('a unary call passes with its trailers, the identity header, and no forged one', async () => {
  const { error, answer, trailers } = await unary('Get', '4711');
  expect(error).toBeNull();
  expect(answer).toBe('parcel 4711');
  expect(trailers.get('checked-by')).toEqual(['parcels']);
  expect(seen.at(-1)).toMatchObject({ identity: expect.stringMatching(/^ey/) as string, forged: undefined });
});

test('a server’s stream arrives message by message', async () => {
  const call = client.makeServerStreamRequest(
    service.Watch.path,
    identityCodec.serialize,
    identityCodec.deserialize,
    Buffer.from('4711'),
  );
  const words: string[] = [];
  for await (const message of call) words.push(String(message));
  expect(words).toEqual(['packed', 'sent', 'delivered']);
});

test('both sides stream at once', async () => {
  const call = client.makeBidiStreamRequest(service.Chat.path, identityCodec.serialize, identityCodec.deserialize);
  const answers = call[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (const word of ['one', 'two', 'three']) {
    call.write(Buffer.from(word));
    const { value } = (await answers.next()) as { value: Buffer };
    expect(value.toString()).toBe(word.toUpperCase());
  }
  call.end();
  expect((await answers.next()).done).toBe(true);
});

test('a deadline that passes cancels the call', async () => {
  const { error } = await unary('Wait', '', { deadline: new Date(Date.now() + 300) });
  expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
});

test('each call has a decision of its own in the audit', () => {
  const paths = world.decisions().map(({ record }) => `${record.effect} ${record.method} ${record.path}`);
  expect(paths).toContain('allow POST /shipping.Parcels/Get');
  expect(paths).toContain('deny POST /shipping.Parcels/Delete');
});
