import { Tabs } from 'radix-ui';
import { useState } from 'react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ConnectionState } from '../../shared/snapshot.ts';
import { bridge } from '../bridge.ts';
import { type Snippet, type SnippetLanguage, snippetsFor } from '../model/snippets.ts';
import { connectAndCopy } from '../store/connect-and-copy.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { text } from '../../shared/messages/text.ts';

export interface SnippetsProps {
  readonly profileId: string;
  readonly api: CatalogEntry;
  readonly connection: ConnectionState;
  readonly port: number | null;
}

/**
 * Ready-to-paste calls in several languages, and over the Unix socket where there is one. What is copied works as pasted:
 * it has the access key where one is demanded, and an API that is off is switched on first.
 */
export function Snippets({ profileId, api, connection, port }: SnippetsProps) {
  const [chosen, setChosen] = useState<string>('curl');
  const isOn = connection.status === 'on';
  const snippets = isOn
    ? snippetsWhenOn(api, connection)
    : port === null
      ? []
      : snippetsFor(api, `http://127.0.0.1:${port}`, bridge().platform);
  if (snippets.length === 0) return null;
  const copy = async (language: SnippetLanguage): Promise<boolean> => {
    const copied = await connectAndCopy(profileId, api.id, (on) => {
      const found = snippetsWhenOn(api, on).find((each) => each.language === language);
      return found?.text ?? '';
    });
    return copied !== null;
  };
  const shown = snippets.some(({ language }) => language === chosen) ? chosen : 'curl';
  return (
    <Tabs.Root value={shown} onValueChange={setChosen} className="min-w-0">
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
        <div key={language} hidden={language !== shown} className="relative rounded-lg border border-line bg-ground">
          <Tabs.Content
            value={language}
            data-scrolls-sideways
            className="scroll-hint overflow-x-auto rounded-lg p-2.5 focus-visible:-outline-offset-2"
          >
            <Code text={code} look={isOn ? '' : 'text-faint'} />
          </Tabs.Content>
          <div className="absolute end-1.5 top-[5px] grid rounded-lg bg-ground *:[button]:size-6">
            <CopyButton
              text={code}
              label={text(isOn ? 'api.snippets.copy' : 'api.snippets.connect-and-copy', { language: label })}
              copyText={() => copy(language)}
            />
          </div>
        </div>
      ))}
    </Tabs.Root>
  );
}

/**
 * Lines that are too long go on below and break only between words: an address stays whole, and the box scrolls to what is
 * longer than it.
 */
function Code({ text: code, look }: { text: string; look: string }) {
  return (
    <pre className={`w-fit font-mono text-xs leading-[1.55] [tab-size:4] whitespace-pre-wrap ${look}`}>
      {/* The first line leaves room for the button beside it. */}
      <span aria-hidden className="float-end h-[18px] w-7" />
      {code.split(/(\s+)/).map((part, index) =>
        part.trim() === '' ? (
          part
        ) : (
          // oxlint-disable-next-line react/no-array-index-key -- words have no other name, and change only all together
          <span key={index} className="whitespace-pre">
            {part}
          </span>
        ),
      )}
    </pre>
  );
}

function snippetsWhenOn(api: CatalogEntry, on: Extract<ConnectionState, { status: 'on' }>): readonly Snippet[] {
  const { address, socketPath, protection } = on;
  return snippetsFor(api, address, bridge().platform, { socketPath, keyed: protection === 'access-key' });
}
