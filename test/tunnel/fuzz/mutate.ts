import { pick, type Random } from './seeded-random.ts';

const interesting = [0, 1, 2, 7, 8, 15, 16, 19, 22, 0x7f, 0x80, 0xff];

function changed(random: Random, message: Buffer): Buffer {
  const copy = Buffer.from(message);
  const at = pick(random, copy.length);
  switch (pick(random, 6)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << pick(random, 8));
      return copy;
    case 1:
      copy[at] = interesting[pick(random, interesting.length)] ?? 0;
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.alloc(1 + pick(random, 20), pick(random, 256)),
        copy.subarray(at),
      ]);
    case 4:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + pick(random, 20))]);
    default:
      // Four bytes at once hit ids and lengths.
      if (at + 4 <= copy.length) copy.writeUInt32BE(random() < 0.5 ? pick(random, 10) : 0xffff_ffff, at);
      return copy;
  }
}

/** The same messages with a few of them changed, repeated, dropped, swapped, split or joined. */
export function mutate(random: Random, messages: readonly Buffer[]): Buffer[] {
  const result = messages.map((message) => message);
  for (let count = 1 + pick(random, 4); count > 0; count -= 1) {
    const at = pick(random, result.length);
    const message = result[at];
    if (message === undefined || message.length === 0) continue;
    switch (pick(random, 7)) {
      case 0:
        result.splice(at, 0, message);
        break;
      case 1:
        result.splice(at, 1);
        break;
      case 2:
        result.splice(pick(random, result.length), 0, ...result.splice(at, 1));
        break;
      case 3: {
        const cut = pick(random, message.length);
        result.splice(at, 1, message.subarray(0, cut), message.subarray(cut));
        break;
      }
      case 4:
        result.splice(at, 2, Buffer.concat(result.slice(at, at + 2)));
        break;
      default:
        result[at] = changed(random, message);
    }
  }
  return result;
}
