import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What the server says of a name, or that it says nothing at all. */
export interface DnsAnswer {
  readonly records?: readonly DnsRecord[];
  /** RCODE (RFC 1035 §4.1.1); 0 when left out. */
  readonly code?: number;
  readonly truncated?: boolean;
  readonly silent?: boolean;
}

export type DnsRecord =
  | { readonly type: 'A'; readonly name: string; readonly address: string; readonly ttl: number }
  | { readonly type: 'CNAME'; readonly name: string; readonly target: string; readonly ttl: number };

export interface DnsServer {
  /** `address:port`, as a resolver wants it. */
  readonly address: string;
  /** Questions for addresses so far. */
  questions(): number;
  /** What is answered from now on. */
  say(answer: DnsAnswer): void;
  close(): Promise<void>;
}

/** A name server over UDP (RFC 1035 §4.1) on loopback, which knows one answer. */
export async function startDnsServer(first: DnsAnswer): Promise<DnsServer> {
  const socket = createSocket('udp4');
  let answer = first;
  let questions = 0;
  socket.on('message', (query, from) => {
    questions += 1;
    if (answer.silent !== true) socket.send(reply(query, answer), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions: () => questions,
    say: (next) => void (answer = next),
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

const typeNumbers = { A: 1, CNAME: 5 } as const;

function reply(query: Buffer, { records = [], code = 0, truncated = false }: DnsAnswer): Buffer {
  // The question ends behind its name, type and class; what follows it, as EDNS, isn't spoken here.
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const header = Buffer.from(query.subarray(0, 12));
  header[2] = 0x84 | (truncated ? 0x02 : 0) | (query.readUInt8(2) & 0x01);
  header[3] = 0x80 | code;
  const told = question.readUInt16BE(question.length - 4) === typeNumbers.A ? records : [];
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(told.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, question, ...told.map(encode)]);
}

function encode(record: DnsRecord): Buffer {
  const data = record.type === 'A' ? Buffer.from(record.address.split('.').map(Number)) : nameBytes(record.target);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(typeNumbers[record.type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(record.ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(record.name), fixed, data]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
