import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CommandLink, CommandLinkState } from '../../shared/command-link.ts';
import type { FakeBridgeControls } from '../support/renderer-preview/fake-bridge.ts';
import { sampleCommandLink } from '../support/renderer-preview/sample-command-link.ts';
import { sampleSnapshot } from '../support/renderer-preview/sample-snapshot.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const nowMs = Date.now();
let shown: StartedWindow;
let page: Page;

beforeAll(async () => {
  shown = await startPreviewWindow();
  ({ page } = shown);
  await shown.showNamed('command-line-none');
});
afterAll(() => shown.close());

type Bridge = Window & { readonly fakeBridge: FakeBridgeControls };
const buttons = () => page.getByRole('button', { name: /causeway o/ });

function push(change: Partial<CommandLink>): Promise<void> {
  return shown.push(sampleSnapshot(nowMs, { commandLink: sampleCommandLink(change) }));
}

const target = '/Users/ann/Downloads/Causeway.app/Contents/Resources/cli/bin/causeway';
test.each<[state: CommandLinkState, words: string, button: string | null]>([
  [{ status: 'none' }, 'Terminals don’t find it by its name yet', 'Put causeway on PATH'],
  [{ status: 'ours' }, 'On PATH: /usr/local/bin/causeway leads to this app', 'Take causeway off PATH'],
  [{ status: 'other-copy', target }, `another copy of Causeway: ${target}`, 'Put causeway on PATH'],
  [{ status: 'gone', target }, `isn’t there any more: ${target}`, 'Put causeway on PATH'],
  [{ status: 'foreign', target: '/opt/x' }, 'another program’s (/opt/x), and stays as it is', null],
  [{ status: 'foreign', target: null }, 'another program’s, and stays as it is', null],
  [{ status: 'homebrew', at: '/opt/homebrew/bin/causeway' }, 'by Homebrew: /opt/homebrew/bin/causeway', null],
  [{ status: 'not-installed' }, 'Move Causeway to Applications', null],
])('Settings says what is there, and offers the one thing that can be done: %j', async (state, words, button) => {
  await push({ state });
  await page.getByText(words).waitFor();
  await expect.poll(() => buttons().allTextContents()).toEqual(button === null ? [] : [button]);
});

test('a folder that the system’s list lacks is named, and so is what went wrong', async () => {
  await push({ state: { status: 'ours' }, isFolderOnPath: false, problem: 'It can’t be changed: no.' });
  await page.getByText('(/etc/paths) lacks /usr/local/bin').waitFor();
  await page.getByText('It can’t be changed: no.').waitFor();
});

test('the button asks the app for what it says', async () => {
  for (const status of ['none', 'ours'] as const) {
    await push({ state: { status } });
    await page.getByRole('button', { name: status === 'none' ? /^Put causeway/ : /^Take causeway/ }).click();
  }
  const asked = () =>
    page.evaluate(() =>
      (window as unknown as Bridge).fakeBridge.calls.flatMap(({ channel, argument }) =>
        channel === 'command-line:set' ? [argument] : [],
      ),
    );
  await expect.poll(asked).toEqual([{ onPath: true }, { onPath: false }]);
});
