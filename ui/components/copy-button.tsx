import { Check, Copy } from 'lucide-react';
import { Button } from './button.tsx';
import { useCopy } from './copying.ts';
import { IconButton } from './icon-button.tsx';
import { uiText } from '../messages/ui-text.ts';

/** Icon that copies a text; `label` names what is copied. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy();
  return (
    <>
      <IconButton
        label={label}
        onClick={(event) => {
          event.stopPropagation();
          copy(text);
        }}
      >
        {copied ? <Check className="size-4 text-ok" /> : <Copy className="size-[15px]" />}
      </IconButton>
      <output className="sr-only">{copied ? uiText('ui.copied') : ''}</output>
    </>
  );
}

/** Push button with words that copies a text; it keeps its width while it says so. */
export function CopyTextButton({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy();
  return (
    <Button onClick={() => copy(text)}>
      {copied ? <Check aria-hidden className="size-4 text-ok" /> : <Copy aria-hidden className="size-4" />}
      <span aria-live="polite" className="grid *:[grid-area:1/1]">
        <span className={copied ? 'invisible' : ''}>{label}</span>
        {copied && <span>{uiText('ui.copied')}</span>}
      </span>
    </Button>
  );
}
