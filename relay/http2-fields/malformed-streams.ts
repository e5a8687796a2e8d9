import { FieldDecoder } from './field-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import { judgeAnswerField, judgeRequestField } from './judge-field.ts';

const prefaceBytes = 24;
/** So many malformed heads may wait for their stream to be looked at. */
const maxNoted = 256;

/**
 * Notes which streams of an HTTP/2 connection carry malformed fields, for Node (nghttp2) leaves such fields out and goes
 * on without them, where RFC 9113 §8.1.1 says that the message is malformed. It reads the peer's bytes just before Node
 * does.
 */
export class MalformedStreams {
  readonly #faults = new Map<number, string>();
  readonly #frames: FrameReader;

  /**
   * @param from what the peer sends: requests, with the preface before them, or answers
   * @param onFault told at once
   */
  constructor(from: 'caller' | 'upstream', onFault?: (streamId: number, fault: string) => void) {
    const decoder = new FieldDecoder(from === 'caller' ? judgeRequestField : judgeAnswerField);
    this.#frames = new FrameReader(from === 'caller' ? prefaceBytes : 0, (streamId, block) => {
      let fault: string | null = null;
      decoder.read(block, (field) => (fault ??= field.fault));
      if (fault === null) return;
      this.#note(streamId, fault, from);
      onFault?.(streamId, fault);
    });
  }

  get keptBytes(): number {
    return this.#frames.keptBytes;
  }

  /** @throws when the connection is to be ended, because what follows can't be read */
  read(chunk: Buffer): void {
    this.#frames.read(chunk);
  }

  /** What is wrong with the fields of a stream, in words; null when nothing is. */
  faultOf(streamId: number | undefined): string | null {
    return this.#faults.size === 0 || streamId === undefined ? null : (this.#faults.get(streamId) ?? null);
  }

  /** The stream is over. */
  forget(streamId: number | undefined): void {
    if (this.#faults.size > 0 && streamId !== undefined) this.#faults.delete(streamId);
  }

  #note(streamId: number, fault: string, from: 'caller' | 'upstream'): void {
    if (this.#faults.size >= maxNoted) {
      if (from === 'caller') throw new Error('Too many heads are malformed.');
      // Of streams that are over: those under way are looked at in the same turn.
      for (const oldest of this.#faults.keys()) {
        this.#faults.delete(oldest);
        break;
      }
    }
    this.#faults.set(streamId, fault);
  }
}
