import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const [what = '', base = '', file = ''] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const asIs = (bytes: Buffer): Buffer => bytes;
const client = new Client(base.replace('http://', ''), credentials.createInsecure(), {
  'grpc.max_send_message_length': -1,
  'grpc.enable_http_proxy': 0,
});

async function unary(name: string, message: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    const deadline = { deadline: Date.now() + 30_000 };
    client.makeUnaryRequest(
      `/matrix.Matrix/${name}`,
      asIs,
      asIs,
      message,
      new Metadata(),
      deadline,
      (error, answer) => {
        say(error === null ? String(answer) : `${error.code} ${error.details}`);
        resolve();
      },
    );
  });
}

if (what === 'get') await unary('Get', Buffer.from('hello'));
else if (what === 'post') await unary('Size', readFileSync(file));
else if (what === 'refusal') {
  await unary('Refuse', Buffer.from('hello'));
  await unary('Unknown', Buffer.from('hello'));
  await unary('Get', Buffer.from('after'));
} else if (what === 'big-refusal') {
  const content = readFileSync(file);
  await new Promise<void>((resolve) => {
    const call = client.makeClientStreamRequest('/matrix.Matrix/RefuseStream', asIs, asIs, (error, answer) => {
      say(error === null ? String(answer) : `${error.code} ${error.details}`);
      resolve();
    });
    for (let at = 0; at < content.length; at += 1_000_000) call.write(content.subarray(at, at + 1_000_000));
    call.end();
  });
  await unary('Get', Buffer.from('after'));
} else if (what === 'idle') {
  await unary('Get', Buffer.from('one'));
  await wait(1200);
  await unary('Get', Buffer.from('two'));
} else {
  const times: number[] = [];
  for await (const message of client.makeServerStreamRequest('/matrix.Matrix/Watch', asIs, asIs, Buffer.from(''))) {
    times.push(performance.now());
    say(String(message));
  }
  say(`first line before the others: ${(times.at(-1) ?? 0) - (times[0] ?? 0) > 100}`);
}
client.close();
