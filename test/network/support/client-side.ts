// Runs in the client's namespace: a tunnel client with calls of long breath, which tells over IPC what becomes of them.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { defaultBackoff } from '../../../shared/tunnel/reconnect-backoff.ts';
import { type LinkedClient, startLinkedClient } from '../../tunnel/support/linked-client.ts';
import { relayAddress } from './namespaces.ts';
import type { ClientSideMessage, ToClientSide } from './messages.ts';

let client: LinkedClient | null = null;
let socket: WebSocket | null = null;
let echoed: string[] = [];
let posts: Promise<number>[] = [];
let said = 0;

function tell(message: ClientSideMessage): void {
  process.send?.(message);
}

async function answerTo(method: string, path: string, body?: string): Promise<IncomingMessage> {
  const sent = request(`${client?.url ?? ''}${path}`, { method, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

async function begin(): Promise<void> {
  echoed = [];
  posts = [];
  said = 0;
  const [download, events] = await Promise.all([answerTo('GET', '/download'), answerTo('GET', '/events')]);
  const spoken = new WebSocket(`${(client?.url ?? '').replace('http', 'ws')}/socket`);
  socket = spoken;
  await once(spoken, 'open');
  spoken.on('message', (data: Buffer) => {
    echoed.push(data.toString());
    if (echoed.length === said) spoken.emit('all-echoed');
  });
  const hash = createHash('sha256');
  let bytes = 0;
  download.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  const eventText = text(events);
  await once(download, 'data');
  tell({ type: 'begun' });
  await once(download, 'end');
  const outcome = { events: await eventText, posts: await Promise.all(posts) };
  if (echoed.length < said) await once(spoken, 'all-echoed');
  spoken.close();
  await once(spoken, 'close');
  tell({
    type: 'outcome',
    outcome: { ...outcome, downloaded: { bytes, sha256: hash.digest('hex') }, echoed },
  });
}

function say(words: string): void {
  said += 1;
  socket?.send(words);
  posts.push(
    answerTo('POST', '/post', words).then(async (response) => {
      await text(response);
      return response.statusCode ?? 0;
    }),
  );
}

async function watchStates(started: LinkedClient): Promise<void> {
  let told = 0;
  for (;;) {
    for (const state of started.states.slice(told)) tell({ type: 'state', state, atMs: Date.now() });
    told = started.states.length;
    await started.nextState();
  }
}

process.on('message', (message: ToClientSide) => {
  switch (message.type) {
    case 'start':
      void startLinkedClient(
        { ca: message.ca },
        { relayHost: relayAddress, relayPort: message.relayPort, token: message.token, backoff: defaultBackoff },
      ).then((started) => {
        client = started;
        void watchStates(started);
      });
      return;
    case 'begin':
      void begin();
      return;
    case 'say':
      say(message.words);
      return;
    case 'stop':
      void client?.close().then(() => process.exit(0));
  }
});
