import { text } from '../shared/messages/text.ts';

/** Switches that take the sandbox away from the window; `ELECTRON_DISABLE_SANDBOX` is the first of them. */
const withoutSandbox = ['no-sandbox', 'single-process', 'disable-seccomp-filter-sandbox'] as const;

/**
 * The window runs in its sandbox or not at all. An AppImage's launcher takes it away by itself where a Linux lets people make
 * no user namespaces. @throws Error that says what to do
 */
export function demandSandbox(hasSwitch: (name: string) => boolean): void {
  const found = withoutSandbox.find(hasSwitch);
  if (found !== undefined) throw new Error(text('main.no-sandbox', { option: `--${found}` }));
}
