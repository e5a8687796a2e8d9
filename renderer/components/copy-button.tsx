import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ask, notifyProblem } from '../store/commands.ts';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';

/** Copies over the main process and says so for a moment. */
function useCopy(text: string): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    void ask('clipboard:write', { text }).then((result) => {
      if (result.ok) setCopied(true);
      else notifyProblem(result.problem);
      return result.ok;
    });
  };
  return { copied, copy };
}

/** Icon that copies a text; `label` names what is copied. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy(text);
  return (
    <>
      <IconButton
        label={label}
        onClick={(event) => {
          event.stopPropagation();
          copy();
        }}
      >
        {copied ? <Check className="size-4 text-ok" /> : <Copy className="size-[15px]" />}
      </IconButton>
      <output className="sr-only">{copied ? 'Copied' : ''}</output>
    </>
  );
}

/** Push button with words that copies a text; it keeps its width while it says so. */
export function CopyTextButton({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy(text);
  return (
    <Button onClick={copy}>
      {copied ? <Check aria-hidden className="size-4 text-ok" /> : <Copy aria-hidden className="size-4" />}
      <span aria-live="polite" className="grid *:[grid-area:1/1]">
        <span className={copied ? 'invisible' : ''}>{label}</span>
        {copied && <span>Copied</span>}
      </span>
    </Button>
  );
}
