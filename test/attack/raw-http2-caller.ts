import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { flags, frame, frameType } from '../relay/way-back/start-raw-http2-upstream.ts';
import type { Evidence } from './evidence.ts';
import { keep } from './http1-caller.ts';

export interface RawHttp2Plan {
  /** Written one after another, with a pause between them. */
  readonly parts: readonly Buffer[];
  readonly pauseMs: number;
  readonly halfClose: boolean;
  /** Reads nothing of what comes for so long. */
  readonly deafMs: number;
  /** Leaves when nothing has come for so long. */
  readonly patienceMs: number;
  /** With a number: the other side has to end the connection, or each of its streams, by then. */
  readonly mustEndMs: number | null;
}

/** `:status` as an index of the static table (RFC 7541, Appendix A). */
const indexed: Readonly<Record<number, number>> = {
  0x88: 200,
  0x89: 204,
  0x8a: 206,
  0x8b: 304,
  0x8c: 400,
  0x8d: 404,
  0x8e: 500,
};
const frameHead = 9;
const firstAnswerMs = 4000;

interface SeenStream {
  status: number;
  ended: boolean;
  bytes: number;
}

/** Speaks frames by hand, answers PING and SETTINGS, and notes how each stream ended. */
export async function callWithFrames(port: number, plan: RawHttp2Plan, evidence: Evidence): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const streams = new Map<number, SeenStream>();
  let over = false;
  let heard = false;
  let received: Buffer = Buffer.alloc(0);
  let lastMs = performance.now();
  const startMs = lastMs;
  socket.on('error', () => (over = true));
  socket.on('close', () => (over = true));
  socket.on('end', () => (over = true));
  socket.on('data', (chunk: Buffer) => {
    lastMs = performance.now();
    heard = true;
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length >= frameHead && received.length >= frameHead + received.readUIntBE(0, 3)) {
      const length = frameHead + received.readUIntBE(0, 3);
      const reply = note(streams, received.subarray(0, length));
      received = received.subarray(length);
      if (reply !== null && socket.writable && !plan.halfClose) socket.write(reply);
    }
  });
  if (plan.deafMs > 0) socket.pause();
  for (const part of plan.parts) {
    if (over || socket.destroyed) break;
    keep(evidence.fromCaller, part);
    const free = socket.write(part);
    if (plan.pauseMs > 0) await wait(plan.pauseMs);
    else if (!free) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), wait(200)]);
  }
  if (plan.halfClose) socket.end();
  if (plan.deafMs > 0) {
    await wait(plan.deafMs);
    socket.resume();
  }
  lastMs = performance.now();
  const opened = (): boolean => streams.size > 0 && [...streams.values()].every(({ ended }) => ended);
  while (!over) {
    const nowMs = performance.now();
    if (
      plan.mustEndMs === null
        ? nowMs - lastMs > (heard ? plan.patienceMs : Math.max(plan.patienceMs, firstAnswerMs))
        : opened()
    )
      break;
    if (plan.mustEndMs !== null && nowMs - startMs > plan.mustEndMs) {
      evidence.complaints.push(`neither answer nor end within ${plan.mustEndMs} ms`);
      break;
    }
    await wait(20);
  }
  evidence.left = !over;
  socket.destroy();
  const sha256 = createHash('sha256').digest('hex');
  for (const { status, ended, bytes } of streams.values()) {
    if (status > 0) {
      evidence.answers.push({
        status,
        headers: [],
        trailers: [],
        bytes,
        sha256,
        whole: ended,
        requestId: '',
        problem: false,
        beginning: '',
      });
    }
  }
}

/** Notes a frame; what is to be sent back to it. */
function note(streams: Map<number, SeenStream>, whole: Buffer): Buffer | null {
  const [type, bits, id] = [whole[3] ?? 0, whole[4] ?? 0, whole.readUInt32BE(5) & 0x7fffffff];
  const ack = (bits & flags.ack) !== 0;
  if (type === frameType.settings) return ack ? null : frame(frameType.settings, flags.ack, 0);
  if (type === frameType.ping) return ack ? null : frame(frameType.ping, flags.ack, 0, whole.subarray(frameHead));
  if (id === 0) return null;
  const stream = streams.get(id) ?? { status: 0, ended: false, bytes: 0 };
  streams.set(id, stream);
  // Literal statuses aren't decoded: any of them is an answer that isn't among the successful ones of the table.
  if (type === frameType.headers && stream.status < 200) stream.status = indexed[whole[frameHead] ?? 0] ?? 499;
  if (type === frameType.data) stream.bytes += whole.length - frameHead;
  if (
    type === frameType.resetStream ||
    ((type === frameType.headers || type === frameType.data) && (bits & flags.endStream) !== 0)
  ) {
    stream.ended = true;
  }
  return null;
}
