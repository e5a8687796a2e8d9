import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { bigText } from './big-text.ts';
import { startMatrixGrpcServer } from './matrix-grpc-server.ts';
import type { MatrixServer } from './matrix-program.ts';
import { startMatrixServer } from './matrix-server.ts';

/** The matrix’s servers, each directly and through client and relay. */
export interface MatrixWorld {
  readonly bigFile: string;
  direct(server: MatrixServer): string;
  relayed(server: MatrixServer): string;
  close(): Promise<void>;
}

/** Starts the servers, a relay as a process of its own, and a client without a window. */
export async function startMatrixWorld(): Promise<MatrixWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-matrix-'));
  const bigFile = join(folder, 'big');
  writeFileSync(bigFile, bigText());
  const servers = {
    http1: await startMatrixServer('http1'),
    http2: await startMatrixServer('http2'),
    grpc: await startMatrixGrpcServer(),
  };
  const world = await startPipelineWorld({
    separate: true,
    apis: [
      { id: 'http1', name: 'HTTP/1.1', upstream: servers.http1.url },
      { id: 'http2', name: 'HTTP/2', upstream: servers.http2.url, protocol: 'http2' },
      { id: 'grpc', name: 'gRPC', upstream: servers.grpc.url, protocol: 'http2' },
    ],
  });
  return {
    bigFile,
    direct: (server) => servers[server].url,
    relayed: (server) => `http://127.0.0.1:${world.port(server)}`,
    async close() {
      await world.close();
      await Promise.all(Object.values(servers).map((server) => server.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
