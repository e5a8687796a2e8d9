import { Check, Copy } from 'lucide-react';
import { Button, type ButtonProps } from './button.tsx';
import { type CopyText, useCopy } from './copying.ts';
import { IconButton } from './icon-button.tsx';
import { uiText } from '../messages/ui-text.ts';

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied. */
  readonly label: string;
  /** Another way to copy than the program's own. */
  readonly copyText?: CopyText;
}

/** Icon that copies a text. */
export function CopyButton({ text, label, copyText }: CopyButtonProps) {
  const { copied, copy } = useCopy(copyText);
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
export function CopyTextButton({
  text,
  label,
  copyText,
  look,
}: CopyButtonProps & { readonly look?: ButtonProps['look'] }) {
  const { copied, copy } = useCopy(copyText);
  return (
    <Button {...(look === undefined ? {} : { look })} onClick={() => copy(text)}>
      {copied ? (
        <Check aria-hidden className={`size-4 ${look === 'primary' ? '' : 'text-ok'}`} />
      ) : (
        <Copy aria-hidden className="size-4" />
      )}
      <span aria-live="polite" className="grid *:[grid-area:1/1]">
        <span className={copied ? 'invisible' : ''}>{label}</span>
        {copied && <span>{uiText('ui.copied')}</span>}
      </span>
    </Button>
  );
}
