/** Sends everything that is posted in one turn of the event loop as one array: messages between processes are dear. */
export interface BatchedSender<Message> {
  post(message: Message): void;
  /** Sends at once what has gathered. */
  flush(): void;
}

/** @param send takes the messages of a turn; an error that it throws is the caller's to handle */
export function createBatchedSender<Message>(send: (messages: readonly Message[]) => void): BatchedSender<Message> {
  let gathered: Message[] = [];
  const flush = (): void => {
    if (gathered.length === 0) return;
    const messages = gathered;
    gathered = [];
    send(messages);
  };
  return {
    post(message) {
      if (gathered.push(message) === 1) setImmediate(flush);
    },
    flush,
  };
}
