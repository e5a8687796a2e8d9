import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { withBreakGlassIssuer } from './break-glass-issuer.ts';
import { certificateFaults } from './certificate-faults.ts';
import { exampleNames } from './example-names.ts';
import { checkableConfig } from './checkable-config.ts';
import { type ConfigSource, userNamed } from './config-source.ts';
import { ConfigError, type ConfigProblem } from './config-problem.ts';
import { resolveFiles, type ResolvedConfig } from './config-files.ts';
import { resolvePaths } from './config-paths.ts';
import { unreadableWords } from '../named/named-source.ts';
import { formerClientPolicy } from './client-policy.ts';
import { configSchema } from './config-schema.ts';
import { withCurrentKeys } from './renamed-keys.ts';
import { withSamlIssuer } from './saml-issuer.ts';
import { schemaProblems } from './schema-problems.ts';
import { semanticProblems } from './semantic-problems.ts';
import { parseYaml, type Report } from './yaml-source.ts';

/** A config that can be used: checked, with defaults, absolute paths, secrets filled in and named files read. */
export interface LoadedConfig extends ResolvedConfig {
  /** Absolute path of the config file. */
  readonly path: string;
  /** What was read; undefined when the config is of no file as it is now. */
  readonly source?: ConfigSource;
  /** What works, but should be written otherwise. */
  readonly warnings?: readonly ConfigProblem[];
}

export interface LoadOptions {
  /** Where `${env:NAME}` looks; the process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `skip` reads no other file and fills in no secret: for checks of rules away from the relay. Default `read`. */
  readonly files?: 'read' | 'skip';
}

/** Loads the config file. Throws `ConfigError` (code `bad-config`) with every problem found, each with its place. */
export async function loadConfig(path: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  const source = await readConfigText(resolve(path));
  try {
    return { ...(await readConfig(source, options)), source };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems, error.cause, source);
  }
}

/** Reads a config from its text; files that it names are looked for from its path on. Throws as `loadConfig` does. */
export async function readConfig(
  { path: file, text }: Pick<ConfigSource, 'path' | 'text'>,
  options: LoadOptions = {},
): Promise<LoadedConfig> {
  const parsed = parseYaml(file, text);
  if (parsed.status === 'refused') throw new ConfigError(parsed.problems);
  const { source, warnings, problems: doubled } = withCurrentKeys(parsed.source);
  if (source.value === null) throw wholeFile(file, 'is empty. Begin with docs/example-relay.yaml.');

  const checked = configSchema.safeParse(source.value, { reportInput: true });
  if (!checked.success) {
    const found = schemaProblems(checked.error.issues, source);
    throw new ConfigError([
      ...doubled,
      ...found,
      ...semanticProblems(checkableConfig(source.value, checked.error.issues), source),
    ]);
  }
  const problems: ConfigProblem[] = [
    ...doubled,
    ...semanticProblems({ ...checked.data, sinks: checked.data.audit.sinks }, source),
  ];
  // One fault, one message: what is wrong as it stands isn’t looked at any closer.
  const isKnown = ({ line, column, key }: ConfigProblem): boolean =>
    problems.some((other) => other.line === line && other.column === column && other.key === key);
  const report = (problem: ConfigProblem): void => {
    if (!isKnown(problem)) problems.push(problem);
  };
  const folder = dirname(file);
  const resolved: ResolvedConfig =
    options.files === 'skip'
      ? { config: resolvePaths(checked.data, folder), tls: undefined, authorities: new Map(), files: [], digest: '' }
      : await resolveFiles(checked.data, { folder, env: options.env ?? process.env }, (place, message) =>
          report(source.problemAt(place, message)),
        );
  const reportHere: Report = (place, message) => problems.push(source.problemAt(place, message));
  const config = withBreakGlassIssuer(withSamlIssuer(resolved.config, reportHere), reportHere);
  if (problems.length > 0) throw new ConfigError(problems);
  const digest = createHash('sha256').update(JSON.stringify(checked.data)).update(resolved.digest).digest('hex');
  const faults = [...certificateFaults({ ...resolved, config }, Date.now()), ...exampleNames({ config })];
  const all = [
    ...warnings,
    ...formerClientPolicy(checked.data, source),
    ...faults.map(({ place, message }) => source.problemAt(place, message)),
  ];
  return { ...resolved, config, path: file, digest, warnings: all };
}

/** Reads through one handle, so that the rights that are checked are those of the text that is read. */
async function readConfigText(file: string): Promise<ConfigSource> {
  try {
    await using handle = await open(file, 'r');
    const { mode, uid, mtimeMs } = await handle.stat();
    if (process.platform !== 'win32' && (mode & 0o002) !== 0) {
      throw wholeFile(
        file,
        `can be changed by everybody on this system, and it decides who may do what. Run: chmod o-w ${file}`,
      );
    }
    const text = await handle.readFile('utf8');
    return { path: file, text, owner: userNamed(uid), changedAtMs: Math.round(mtimeMs) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw wholeFile(file, isMissing(error) ? missingWords : unreadableWords(error), error);
  }
}

const missingWords = 'doesn’t exist. Name the file with --config; docs/example-relay.yaml is one to begin with.';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function wholeFile(file: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError([{ file, line: 1, column: 1, key: '', message }], cause);
}
