import { EventEmitter, once } from 'node:events';
import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../../relay/config/load-config.ts';
import { type ConfigWatch, watchConfig, type WatchConfigOptions } from '../../../relay/config/watch-config.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
let watching: ConfigWatch | undefined;
let events: EventEmitter;
let refusals: string[];
let names: string[];

beforeEach(async () => {
  folder = await openConfigFolder();
  events = new EventEmitter();
  refusals = [];
  names = [];
});
afterEach(async () => {
  watching?.close();
  await folder.close();
});

const named = (name: string, extra: Parameters<typeof minimalConfig>[0] = {}): string =>
  minimalConfig(extra).replace('name: Test', `name: ${name}`);

async function start(path: string, extra: Partial<WatchConfigOptions> = {}): Promise<LoadedConfig> {
  const current = await loadConfig(path);
  watching = watchConfig({
    path,
    current,
    onLoaded: (loaded) => {
      names.push(loaded.config.relay.name);
      events.emit('loaded', loaded);
    },
    onRefused: (error) => {
      refusals.push(error.message);
      events.emit('refused', error);
    },
    quietMs: 50,
    ...extra,
  });
  return current;
}

/** Waits for the outcome of a change; a change that is never seen fails by the test’s time limit. */
async function outcome(event: 'loaded' | 'refused', change: () => Promise<unknown>): Promise<void> {
  const seen = once(events, event);
  await change();
  await seen;
}

describe('watchConfig', () => {
  it('refuses a broken file with its line, keeps quiet about it afterwards, and takes the mended one', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path);
    await outcome('refused', () => folder.write('relay.yaml', named('Two', { relay: '  lisen: {}' })));
    expect(names).toEqual([]);
    expect(refusals[0]).toContain('relay.yaml:4:3 relay.lisen: is a key that Causeway doesn’t know.');
    await outcome('loaded', () => folder.write('relay.yaml', named('Three')));
    expect(names).toEqual(['Three']);
    expect(refusals).toHaveLength(1);
  });

  it('tells of the contents in force when they are back after refused ones', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path);
    await outcome('refused', () => folder.write('relay.yaml', named('Two', { relay: '  lisen: {}' })));
    await outcome('loaded', () => folder.write('relay.yaml', named('One')));
    expect(names).toEqual(['One']);
  });

  it('refuses a file that is gone, and takes it when it is back', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path);
    await outcome('refused', () => rm(path));
    expect(refusals[0]).toContain('doesn’t exist');
    await outcome('loaded', () => folder.write('relay.yaml', named('Back')));
    expect(names).toEqual(['Back']);
  });

  it('takes a refused config as soon as the file that it lacked is there, in a folder of its own', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    const secrets = await openConfigFolder();
    await start(path, { pollMs: 50 });
    const header = `    headers: {a: "\${file:${secrets.file('token')}}"}`;
    await outcome('refused', () => folder.write('relay.yaml', named('Two', { api: header })));
    expect(refusals[0]).toContain('doesn’t exist');
    await outcome('loaded', () => secrets.write('token', 'x'));
    expect(names).toEqual(['Two']);
    await secrets.close();
  });

  it('reports a config that its user refuses, and goes on watching', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path, {
      onLoaded: ({ config }) => {
        if (config.relay.name === 'Two') throw new Error('not this one');
        events.emit('loaded');
      },
    });
    await outcome('refused', () => folder.write('relay.yaml', named('Two')));
    expect(refusals).toEqual(['not this one']);
    await outcome('loaded', () => folder.write('relay.yaml', named('Three')));
  });

  it('doesn’t take a file that is still being written', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path, { quietMs: 1500 });
    const text = named('Written', { api: '    rules:\n      - {name: a}\n      - {name: b, effect: deny}' });
    await outcome('loaded', async () => {
      const handle = await open(path, 'w');
      // Each half is a valid config of its own; only the whole one may come into force.
      await handle.write(text.slice(0, text.indexOf('      - {name: b')));
      await handle.sync();
      await handle.write(text.slice(text.indexOf('      - {name: b')));
      await handle.close();
    });
    expect(names).toEqual(['Written']);
    expect((await loadConfig(path)).config.apis[0]?.rules).toHaveLength(2);
  });

  it('follows atomic renames, one after the other', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path);
    for (const name of ['Two', 'Three']) {
      const next = await folder.write('relay.yaml.new', named(name));
      await outcome('loaded', () => rename(next, path));
    }
    expect(names).toEqual(['Two', 'Three']);
  });

  it('follows symlinks that are swapped, as Kubernetes updates a ConfigMap', async () => {
    for (const [version, name] of [
      ['..v1', 'One'],
      ['..v2', 'Two'],
    ] as const) {
      await mkdir(folder.file(version));
      await writeFile(join(folder.file(version), 'relay.yaml'), named(name), { mode: 0o600 });
    }
    await symlink('..v1', folder.file('..data'), 'dir');
    await symlink(join('..data', 'relay.yaml'), folder.file('relay.yaml'));
    await start(folder.file('relay.yaml'));
    await outcome('loaded', async () => {
      await symlink('..v2', folder.file('..data_tmp'), 'dir');
      await rename(folder.file('..data_tmp'), folder.file('..data'));
    });
    expect(names).toEqual(['Two']);
  });

  it('takes a renewed certificate, in another folder, though the config itself stays the same', async () => {
    const certs = await openConfigFolder();
    const [old, renewed] = [await makeCertificate(), await makeCertificate()];
    await certs.write('crt', old.cert);
    await certs.write('key', old.key);
    const tls = `  tls: {cert: ${certs.file('crt')}, key: ${certs.file('key')}}`;
    // Long enough for both files.
    await start(await folder.write('relay.yaml', named('One', { relay: tls })), { quietMs: 500 });
    const loaded = once(events, 'loaded');
    await certs.write('crt', renewed.cert);
    await certs.write('key', renewed.key);
    const [config] = (await loaded) as [LoadedConfig];
    expect(config.tls).toEqual(renewed);
    await certs.close();
  });

  it('reloads on a trigger, as on SIGHUP, even when no file has changed', async () => {
    let hangUp = (): void => undefined;
    let unregistered = false;
    const path = await folder.write('relay.yaml', named('One'));
    await start(path, {
      trigger: (reload) => {
        hangUp = reload;
        return () => (unregistered = true);
      },
    });
    await outcome('loaded', async () => hangUp());
    expect(names).toEqual(['One']);
    watching?.close();
    expect(unregistered).toBe(true);
  });

  it('says nothing about a change that changes nothing', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    await start(path);
    await folder.write('relay.yaml', `# touched\n${named('One')}`);
    await outcome('loaded', () => folder.write('relay.yaml', named('Two')));
    expect(names).toEqual(['Two']);
  });

  it('sees a change that fell between the load and the watch', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    const current = await loadConfig(path);
    await folder.write('relay.yaml', named('Between'));
    const loaded = once(events, 'loaded');
    await start(path, { current });
    await loaded;
    expect(names).toEqual(['Between']);
  });

  it('reports nothing after it is closed or its signal has fired', async () => {
    const path = await folder.write('relay.yaml', named('One'));
    const controller = new AbortController();
    await start(path, { signal: controller.signal });
    controller.abort();
    await folder.write('relay.yaml', named('Two'));
    await watching?.reload();
    expect([...names, ...refusals]).toEqual([]);
  });
});
