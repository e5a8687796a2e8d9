import { Tabs } from 'radix-ui';
import type { CatalogEntry } from '../../shared/catalog.ts';
import { bridge } from '../bridge.ts';
import { snippetsFor } from '../model/snippets.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { text } from '../../shared/messages/text.ts';

/** Ready-to-paste calls: four languages, and over the Unix socket where there is one. */
export function Snippets({
  api,
  address,
  socketPath,
}: {
  api: CatalogEntry;
  address: string;
  socketPath?: string | undefined;
}) {
  const snippets = snippetsFor(api, address, bridge().platform, socketPath);
  return (
    <Tabs.Root defaultValue="curl" className="min-w-0">
      <Tabs.List aria-label={text('api.snippets')} className="mb-[7px] flex flex-wrap gap-x-3.5 gap-y-1 text-sm">
        {snippets.map(({ language, label }) => (
          <Tabs.Trigger
            key={language}
            value={language}
            className="rounded text-mute transition-colors hover:text-text data-[state=active]:font-semibold data-[state=active]:text-accent"
          >
            {label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {snippets.map(({ language, label, text: code }) => (
        <Tabs.Content key={language} value={language} className="relative">
          <pre className="rounded-lg border border-line bg-ground p-2.5 pr-10 font-mono text-xs leading-[1.55] break-all whitespace-pre-wrap">
            {code}
          </pre>
          <div className="absolute top-1 right-1">
            <CopyButton text={code} label={text('api.snippets.copy', { language: label })} />
          </div>
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
