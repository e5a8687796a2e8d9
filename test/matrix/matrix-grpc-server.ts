import {
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { setTimeout as wait } from 'node:timers/promises';
import type { MatrixHttpServer } from './matrix-server.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
const method = (name: string, responseStream: boolean, requestStream = false) => ({
  path: `/matrix.Matrix/${name}`,
  requestStream,
  responseStream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});

/** Methods of the matrix’s gRPC service; messages are plain bytes. */
export const matrixService = {
  Get: method('Get', false),
  Size: method('Size', false),
  Refuse: method('Refuse', false),
  RefuseStream: method('RefuseStream', false, true),
  Watch: method('Watch', true),
} satisfies ServiceDefinition;

/** A gRPC server whose `Refuse` answers with trailers only, `RefuseStream` before it has read, and whose `Watch` sends its first message at once. */
export async function startMatrixGrpcServer(): Promise<MatrixHttpServer> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const get: handleUnaryCall<Buffer, Buffer> = (call, callback) => callback(null, call.request);
  const size: handleUnaryCall<Buffer, Buffer> = (call, callback) =>
    callback(null, Buffer.from(String(call.request.length)));
  const refuse: handleUnaryCall<Buffer, Buffer> = (_call, callback) =>
    callback({ code: status.ABORTED, details: 'not today' });
  const refuseStream: handleClientStreamingCall<Buffer, Buffer> = (_call, callback) =>
    callback({ code: status.RESOURCE_EXHAUSTED, details: 'too large' });
  const sendLines = async (call: Parameters<handleServerStreamingCall<Buffer, Buffer>>[0]): Promise<void> => {
    for (let line = 1; line <= 5; line += 1) {
      call.write(Buffer.from(`line ${line}`));
      await wait(150);
    }
    call.end();
  };
  const watch: handleServerStreamingCall<Buffer, Buffer> = (call) => void sendLines(call);
  server.addService(matrixService, { Get: get, Size: size, Refuse: refuse, RefuseStream: refuseStream, Watch: watch });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { url: `http://127.0.0.1:${port}`, close: async () => server.forceShutdown() };
}
