import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { createActivityStore } from '../../../client/profile/activity-store.ts';
import type { ActivityEntry, ActivityLog } from '../../../shared/activity.ts';
import { type FakeBridgeControls, type FakeBridgeInput, installFakeBridge } from './fake-bridge.ts';
import type { PreviewState } from './preview-state.ts';
import { sampleDiagnostics } from './sample-diagnostics.ts';

/** Starts the system's Chromium where there is one, else Playwright's own. */
export function launchChromium(): Promise<Browser> {
  const system = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ args, ...(existsSync(system) ? { executablePath: system } : {}) });
}

const sameName = (name: string | RegExp): string | RegExp => name;

export interface OpenedPreview {
  readonly page: Page;
  /** Violations of the content security policy and errors on the console so far. */
  readonly complaints: readonly string[];
}

/**
 * Opens the renderer in one state and waits until the state shows. `nameIn` says how something is called in the language
 * of the page, by its English name.
 */
export async function openPreview(
  context: BrowserContext,
  url: string,
  state: PreviewState,
  nameIn: (name: string | RegExp) => string | RegExp = sameName,
): Promise<OpenedPreview> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(installFakeBridge, bridgeInputOf(state));
  await page.goto(url);
  await runSteps(page, state, nameIn);
  return { page, complaints };
}

/** Does what the person does before a state is there, and waits until it shows; a state may leave out what shows. */
export async function runSteps(page: Page, state: PreviewState, nameIn = sameName): Promise<void> {
  await page.getByRole('main').waitFor();
  for (const step of state.steps) {
    if (step.type === 'key') await page.keyboard.press(step.key);
    else if (step.type === 'link')
      await page.evaluate((place) => {
        const { fakeBridge } = window as unknown as { readonly fakeBridge: FakeBridgeControls };
        fakeBridge.push('app:did-request', place);
      }, step.place);
    else
      await page
        .getByRole(step.role, { name: nameIn(step.name), exact: true })
        .first()
        .click();
  }
  if (state.shows === '') return;
  await page
    .getByText(nameIn === sameName ? state.shows : nameIn(new RegExp(literally(state.shows), 'i')))
    .first()
    .waitFor({ state: 'attached' });
}

/** What the state's bridge answers. */
export function bridgeInputOf({
  snapshot,
  activity,
  sessions,
  notices = [],
  failing = {},
}: PreviewState): FakeBridgeInput {
  const log = activity === null ? null : logOf(activity);
  return { snapshot, activity: log, sessions, notices, failing, diagnostics: sampleDiagnostics(Date.now()) };
}

/** A log that lists all that there was. */
function logOf(entries: readonly ActivityEntry[]): ActivityLog {
  const store = createActivityStore();
  store.add(entries, {}, 0);
  return store.log();
}

/** A text as a pattern that matches it and nothing else. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
