// Parses heads with the parser of Node's HTTP server and nothing else: what comes out are the names and values that a
// server makes its request of. Prints {"cpuMs"} of each head, by what is parsed, behind the first `warmUp`.
import { HTTPParser } from './http-parser.ts';

const { heads, warmUp } = JSON.parse(process.argv[2] ?? '{}') as { heads: number; warmUp: number };

const lines = (...all: string[]): Buffer => Buffer.from(`${all.join('\r\n')}\r\n\r\n`, 'latin1');
const parsed = {
  'request-head': {
    kind: HTTPParser.REQUEST,
    bytes: lines('GET /small HTTP/1.1', 'Host: 127.0.0.1:40000', 'Accept: application/json'),
  },
  'browser-head': {
    kind: HTTPParser.REQUEST,
    bytes: lines(
      'GET /api/orders?status=open&page=2 HTTP/1.1',
      'Host: orders.localhost:40000',
      'Connection: keep-alive',
      'sec-ch-ua: "Chromium";v="142", "Not A(Brand";v="24"',
      'sec-ch-ua-mobile: ?0',
      'sec-ch-ua-platform: "Linux"',
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      'Accept: application/json, text/plain, */*',
      'Sec-Fetch-Site: same-origin',
      'Sec-Fetch-Mode: cors',
      'Sec-Fetch-Dest: empty',
      'Referer: http://orders.localhost:40000/orders',
      'Accept-Encoding: gzip, deflate, br, zstd',
      'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
      `Cookie: session=${'c'.repeat(64)}`,
    ),
  },
  'answer-head': {
    kind: HTTPParser.RESPONSE,
    bytes: lines(
      'HTTP/1.1 200 OK',
      'content-type: application/json',
      'content-length: 0',
      'Date: Mon, 30 Nov 2026 01:00:00 GMT',
      'Connection: keep-alive',
      'Keep-Alive: timeout=60',
    ),
  },
};

function parse({ kind, bytes }: (typeof parsed)['request-head'], count: number): void {
  const parser = new HTTPParser();
  parser.initialize(kind, {});
  let seen = 0;
  parser[HTTPParser.kOnHeadersComplete] = (): number => {
    seen += 1;
    return 0;
  };
  for (let index = 0; index < count; index += 1) parser.execute(bytes);
  if (seen !== count) throw new Error(`${seen} of ${count} heads were parsed`);
}

const cpuMs: Record<string, number> = {};
for (const [name, head] of Object.entries(parsed)) {
  parse(head, warmUp);
  const before = process.cpuUsage();
  parse(head, heads);
  const { user, system } = process.cpuUsage(before);
  cpuMs[name] = (user + system) / 1000 / heads;
}
console.log(JSON.stringify({ cpuMs }));
