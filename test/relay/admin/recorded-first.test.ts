import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openDebugSwitch } from '../../../relay/administration/debugging.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { AccessError } from '../../../shared/errors.ts';
import { serveApp } from './support/serve-app.ts';

/** A relay whose audit writes when told, and what happened in its order. */
function madeRelay(failure: Error | null = null) {
  const happened: string[] = [];
  const log = pino({ level: 'silent' });
  const audit = {
    append(record: AuditRecord, done: (error: Error | null) => void): void {
      const words = record.type === 'relay' ? record.detail : record.type === 'lock' ? record.reason : '';
      setImmediate(() => {
        happened.push(`${'event' in record ? record.event : record.type}: ${words}`);
        done(failure);
      });
    },
  };
  const config = { apis: [] };
  const relay = {
    version: '1',
    debug: (targets: readonly object[]) => void happened.push(`debugs ${targets.length}`),
    reload: () => {
      happened.push('reloads');
      return Promise.resolve();
    },
  };
  const debugging = openDebugSwitch({
    config: () => config as never,
    tell: (targets) => relay.debug(targets),
    audit: audit as never,
    log,
  });
  return { happened, parts: { relay, audit, log, debugging, config: () => config } };
}

async function send(parts: object, path: string, body: object): Promise<number> {
  const served = await serveApp(parts);
  try {
    const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(`http://127.0.0.1:${served.port}${path}`, sent)).status;
  } finally {
    served.close();
  }
}

const acts: readonly [path: string, body: object, first: RegExp, then: string][] = [
  ['/admin/v1/relay/reload', { reason: 'New rules' }, /^reload-asked: .*dana: New rules \(before: policy /, 'reloads'],
  ['/admin/v1/relay/debug', { person: 'ann', minutes: 5, reason: 'Slow' }, /^debug-started: Slow$/, 'debugs 1'],
];

it.each(acts)('%s is recorded before it happens', async (path, body, first, then) => {
  const { happened, parts } = madeRelay();
  expect(await send(parts, path, body)).toBe(200);
  expect(happened).toEqual([expect.stringMatching(first), then]);
  parts.debugging.close();
});

it.each(acts)('%s doesn’t happen when it can’t be recorded', async (path, body, first) => {
  const { happened, parts } = madeRelay(new AccessError('audit-unavailable', 'The disk is full.'));
  expect(await send(parts, path, body)).toBe(503);
  expect(happened).toEqual([expect.stringMatching(first)]);
  expect(parts.debugging.list()).toEqual([]);
});

it('debugs ten at once at most, those that just begin among them', async () => {
  const { parts } = madeRelay();
  const wish = { person: 'ann', minutes: 5, author: 'dana', reason: 'Slow' };
  const begun = await Promise.allSettled(Array.from({ length: 12 }, () => parts.debugging.start(wish)));
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  parts.debugging.close();
});
