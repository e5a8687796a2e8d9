import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDemoCertificates } from '../support/demo-certificates.ts';
import { findProgram } from '../support/install-programs.ts';
import { makeCertificate, minimalConfig } from '../relay/config/config-folder.ts';
import { openAudit, temporaryFolder } from '../relay/audit/audit-fixtures.ts';
import { appendDecisions } from '../relay/sinks/sinks-world.ts';
import { readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/sinks.md');
const main = new URL('../../relay/start/main.ts', import.meta.url).pathname;

const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gmu'))].map(([, text = '']) => text);

describe('the page on sinks', () => {
  it('has commands that do what it says, with its own configuration', async () => {
    const folder = temporaryFolder();
    const { cert } = await makeCertificate();
    writeFileSync(join(folder, 'siem-ca.pem'), cert);
    writeFileSync(join(folder, 'relay.yaml'), minimalConfig({ tail: blocks('yaml').join('\n') }), { mode: 0o600 });
    const audit = await openAudit(join(folder, 'data'));
    await appendDecisions(audit, 2);
    const outputs = blocks('sh')
      .flatMap((block) => block.trim().split('\n'))
      .map((line) => {
        const command = line.replace('npm run relay --', `"${process.execPath}" "${main}"`);
        const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
        expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
        return stdout;
      });
    expect(outputs).toHaveLength(4);
    expect(readFileSync(join(folder, 'siem-secret.txt'), 'utf8')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
    expect(outputs[2]).toMatch(/^disk \(file\) {2}not-started.*\nsiem \(webhook\) .*\ndenials \(syslog\) /);
    expect(
      outputs[3]
        ?.trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { name: string }).name),
    ).toEqual(['disk', 'siem', 'denials']);
  });

  const rsyslogd = findProgram('rsyslogd') ?? '';
  it.skipIf(rsyslogd === '')('has a configuration that rsyslog takes', async () => {
    const folder = temporaryFolder();
    const [text = ''] = blocks('text');
    const path = join(folder, 'rsyslog.conf');
    const { caPath, certPath, keyPath } = await makeDemoCertificates(folder);
    const there = text
      .replace('/etc/rsyslog.d/ca.pem', caPath)
      .replace('/etc/rsyslog.d/syslog.pem', certPath)
      .replace('/etc/rsyslog.d/syslog-key.pem', keyPath);
    writeFileSync(path, there);
    const { status, stderr } = spawnSync(rsyslogd, ['-N1', '-f', path], { encoding: 'utf8' });
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
  });

  it('names every state', () => {
    const source = readProjectFile('relay/sinks/sink-status.ts');
    const [, union = ''] = /readonly state: (.*);/.exec(source) ?? [];
    const states = [...union.matchAll(/'([a-z-]+)'/g)].map(([, state]) => `\`${state}\``);
    expect(tableIn(sectionOf(page, '## How far it is')).map((row) => row['state'])).toEqual(states);
  });
});
