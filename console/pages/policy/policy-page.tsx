import { Segmented } from '../../../ui/components/segmented.tsx';
import { goTo, hrefOf, usePlace } from '../../route/place.ts';
import { PageFrame } from '../page-frame.tsx';
import { ExplainView } from './explain-view.tsx';
import { RulesView } from './rules-view.tsx';
import { WhatIfView } from './what-if-view.tsx';

const views = [
  { value: 'rules', label: 'Rules', text: 'What the config in force allows and denies.' },
  { value: 'explain', label: 'Explain', text: 'How one request would be decided, or was, and why.' },
  {
    value: 'what-if',
    label: 'What if',
    text: 'Who would lose or gain what by another config, by the requests of the last days.',
  },
] as const;

/** The policy: as it is, as it decides, and as it would with another config. It changes only in the file. */
export function PolicyPage() {
  const [part] = usePlace().parts;
  const view = views.find(({ value }) => value === part) ?? views[0];
  return (
    <PageFrame
      title="Policy"
      shape="scroll"
      text={view.text}
      actions={
        <Segmented
          label="Show"
          value={view.value}
          options={views}
          onChange={(value) => goTo(hrefOf('policy', [value]))}
        />
      }
    >
      {view.value === 'rules' && <RulesView />}
      {view.value === 'explain' && <ExplainView />}
      {view.value === 'what-if' && <WhatIfView />}
    </PageFrame>
  );
}
