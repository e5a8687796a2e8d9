import { AccessError } from '../../shared/errors.ts';
import { askForLocalName } from '../listeners/local-names.ts';
import type { SharedContext } from './command-context.ts';
import { problemOf, type Terminal } from './terminal.ts';

/**
 * Opens the addresses of all these APIs. One whose port is taken is shown and doesn't keep the others from going on.
 * @throws AccessError the first one's, when none is open
 */
export async function openEach(
  { core, terminal }: Pick<SharedContext, 'core' | 'terminal'>,
  profileId: string,
  apis: readonly string[],
): Promise<void> {
  const taken: AccessError[] = [];
  for (const api of apis) {
    try {
      await core.connect(profileId, api);
    } catch (error) {
      if (!(error instanceof AccessError) || error.code !== 'port-taken') throw error;
      taken.push(error);
    }
  }
  const [first, ...others] = taken;
  if (first === undefined) return;
  for (const error of others) terminal.problem(problemOf(error));
  if (taken.length === apis.length) throw first;
  terminal.problem(problemOf(first));
}

/** Says which programs can use addresses like orders.localhost, where this system doesn't lead all of them there. */
export async function showLocalNames(terminal: Terminal, apis: readonly string[]): Promise<void> {
  const name = `${apis[0] ?? 'api'}.localhost`;
  const resolve = await askForLocalName(name);
  if (resolve === 'loopback') return;
  if (terminal.json) terminal.result({ type: 'local-names', resolve }, '');
  const who = `Browsers and curl know ${name};`;
  if (resolve === 'unknown') {
    terminal.note(`${who} other programs don’t on this system: give them the 127.0.0.1 address.`);
  } else {
    terminal.note(`${who} this system leads other programs to another computer: give them the 127.0.0.1 address.`);
  }
}
