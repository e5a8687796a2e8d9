import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoCertificates } from '../../support/demo-certificates.ts';
import { isListening } from '../../support/is-listening.ts';

/** One line of what rsyslog stored. */
export interface StoredMessage {
  readonly data: string;
  readonly priority: number;
  readonly application: string;
  readonly id: string;
  readonly time: string;
  readonly text: string;
}

/** An rsyslog that receives over TLS and stores what it parsed, to be killed and started again. */
export interface Rsyslog {
  start(): Promise<void>;
  stop(signal: NodeJS.Signals): Promise<void>;
  stored(): readonly StoredMessage[];
}

/** Prepares rsyslog in a folder of its own. */
export function prepareRsyslog(program: string, folder: string, port: number, certificates: DemoCertificates): Rsyslog {
  const config = join(folder, 'rsyslog.conf');
  const output = join(folder, 'stored.log');
  writeFileSync(
    config,
    `global(workDirectory="${folder}"
  defaultNetstreamDriverCAFile="${certificates.caPath}"
  defaultNetstreamDriverCertFile="${certificates.certPath}"
  defaultNetstreamDriverKeyFile="${certificates.keyPath}")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="fields" type="string" string="%structured-data%\\t%pri%\\t%app-name%\\t%msgid%\\t%timestamp:::date-rfc3339%\\t%msg%\\n")
action(type="omfile" file="${output}" template="fields")
`,
  );
  let child: ChildProcess | undefined;
  return {
    async start() {
      const started = spawn(program, ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid')], { stdio: 'ignore' });
      child = started;
      while (!(await isListening(port))) {
        if (started.exitCode !== null) throw new Error(`rsyslog has ended with ${started.exitCode}`);
      }
    },
    async stop(signal) {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null) return;
      running.kill(signal);
      await once(running, 'exit');
    },
    stored: () =>
      (existsSync(output) ? readFileSync(output, 'utf8') : '')
        .split('\n')
        .slice(0, -1)
        .map((line) => {
          const [data = '', priority, application = '', id = '', time = '', text = ''] = line.split('\t');
          return { data, priority: Number(priority), application, id, time, text };
        }),
  };
}
