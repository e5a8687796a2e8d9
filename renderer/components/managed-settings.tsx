import { managedKeyNames } from '../../shared/managed/managed-keys.ts';
import type { ManagedState } from '../../shared/managed/managed-state.ts';
import { sourceText, valueText } from '../../shared/managed/managed-text.ts';
import { text } from '../../shared/messages/text.ts';
import { FactList, FactRow, PartTitle } from '../../ui/components/fact-list.tsx';
import { ManagedNote } from '../../ui/components/managed-note.tsx';
import { PolicyProblems } from './policy-problems.tsx';

/** What IT has set from outside, each with who set it, and what of it can’t be used. */
export function ManagedSettings({ managed }: { managed: ManagedState }) {
  const set = managedKeyNames.filter((key) => managed.values[key] !== undefined);
  return (
    <>
      <PolicyProblems managed={managed} />
      {set.length > 0 && (
        <section>
          <PartTitle>{text('managed.title')}</PartTitle>
          <p className="mx-0.5 mb-2 text-sm text-mute">{text('managed.intro')}</p>
          <FactList>
            {set.map((key) => {
              const setting = managed.values[key];
              if (setting === undefined) return null;
              return (
                <FactRow key={key} name={text(`managed.key.${key}`)}>
                  <div>{valueText(setting.value)}</div>
                  <div className="text-sm text-mute">{text(`managed.key.${key}.text`)}</div>
                  <ManagedNote>{sourceText(setting.source)}</ManagedNote>
                </FactRow>
              );
            })}
          </FactList>
        </section>
      )}
    </>
  );
}
