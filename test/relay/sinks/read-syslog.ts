/** A syslog message as RFC 5424 §6 has it; written from the specification, for tests. */
export interface SyslogMessage {
  readonly priority: number;
  readonly time: string;
  readonly application: string;
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  readonly text: string;
}

const form =
  /^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) \[([!-~]{1,32})((?: [!-<>-~]{1,32}="(?:[^"\\\]]|\\.)*")*)\] (.*)$/su;

/** Reads one message. Throws when it isn't one. */
export function readSyslogMessage(message: string): SyslogMessage {
  const match = form.exec(message);
  if (match === null) throw new Error(`This is no syslog message: ${message.slice(0, 500)}`);
  const [, priority = '', time = '', , application = '', , id = '', name = '', parameters = '', text = ''] = match;
  const data = Object.fromEntries(
    [...parameters.matchAll(/ ([!-<>-~]+)="((?:[^"\\\]]|\\.)*)"/gsu)].map(([, key = '', value = '']) => [
      key,
      value.replaceAll(/\\(["\\\]])/g, '$1'),
    ]),
  );
  return { priority: Number(priority), time, application, id, name, data, text };
}

/** Takes whole octet-counted frames (RFC 5425 §4.3) off the front of what was received; the rest stays. */
export function takeFrames(received: Buffer): { readonly messages: readonly string[]; readonly rest: Buffer } {
  const messages: string[] = [];
  let rest = received;
  for (;;) {
    const space = rest.indexOf(0x20);
    if (space < 0) return { messages, rest };
    const head = rest.subarray(0, space).toString();
    if (!/^[1-9][0-9]*$/.test(head)) throw new Error(`This is no frame: ${head.slice(0, 100)}`);
    const end = space + 1 + Number(head);
    if (rest.length < end) return { messages, rest };
    messages.push(rest.subarray(space + 1, end).toString());
    rest = rest.subarray(end);
  }
}
