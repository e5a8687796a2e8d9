import { createContext, useContext, useEffect, useState } from 'react';

/** Puts a text on the clipboard; false when that failed and the person was told. */
export type CopyText = (text: string) => Promise<boolean>;

/** How this program copies; the page's own clipboard unless told otherwise. */
export const Copying = createContext<CopyText>(async (text) => {
  await navigator.clipboard.writeText(text);
  return true;
});

/** Copies, in the program's way unless told another one, and says so for a moment. */
export function useCopy(otherwise?: CopyText): { readonly copied: boolean; readonly copy: (text: string) => void } {
  const usual = useContext(Copying);
  const copyText = otherwise ?? usual;
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  return { copied, copy: (text) => void copyText(text).then(setCopied) };
}
