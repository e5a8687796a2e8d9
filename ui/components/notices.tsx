import { CircleAlert, Info, X } from 'lucide-react';
import { Toast } from 'radix-ui';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { uiText } from '../messages/ui-text.ts';

/** A short message that goes away by itself. */
export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'problem';
  readonly title: string;
  readonly text: string;
  /** What can be done about it, the most helpful first. */
  readonly actions?: readonly NoticeAction[];
}

export interface NoticeAction {
  readonly label: string;
  readonly run: () => void;
}

export interface NoticesProps {
  readonly notices: readonly Notice[];
  readonly onClose: (id: number) => void;
}

/** With something to press, there is time to read and to reach it. */
const longDurationMs = 20_000;

/** Short messages at the lower right; they wait while the pointer or the focus is on them. */
export function Notices({ notices, onClose }: NoticesProps) {
  return (
    <Toast.Provider label={uiText('ui.notice')} duration={7000} swipeDirection="right">
      {notices.map((notice) => (
        <Toast.Root
          key={notice.id}
          type={notice.tone === 'problem' ? 'foreground' : 'background'}
          {...(notice.actions === undefined ? {} : { duration: longDurationMs })}
          onOpenChange={(open) => {
            if (!open) onClose(notice.id);
          }}
          className="appear flex items-start gap-2.5 rounded-xl border border-line bg-panel p-3 shadow-floating"
        >
          {notice.tone === 'problem' ? (
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          ) : (
            <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
          )}
          <div className="min-w-0 flex-1">
            <Toast.Title className="font-semibold">{notice.title}</Toast.Title>
            <Toast.Description className="text-sm break-words text-mute">{notice.text}</Toast.Description>
            {notice.actions !== undefined && (
              <div className="mt-2 flex flex-wrap gap-2">
                {notice.actions.map(({ label, run }, index) => (
                  <Toast.Action key={label} altText={label} asChild>
                    <Button look={index === 0 ? 'plain' : 'quiet'} onClick={run}>
                      {label}
                    </Button>
                  </Toast.Action>
                ))}
              </div>
            )}
          </div>
          <Toast.Close asChild>
            <IconButton label={uiText('ui.notice.close')}>
              <X className="size-4" />
            </IconButton>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        data-floats
        label={uiText('ui.notices', { hotkey: '{hotkey}' })}
        className="fixed end-4 bottom-4 z-40 flex w-96 max-w-[calc(100vw-2rem)] flex-col gap-2"
      />
    </Toast.Provider>
  );
}
