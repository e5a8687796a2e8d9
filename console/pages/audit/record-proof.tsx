import { useState } from 'react';
import { Button } from '../../../ui/components/button.tsx';
import { CopyTextButton } from '../../../ui/components/copy-button.tsx';
import { ProblemCard } from '../../../ui/components/problem-card.tsx';
import { PanelPart } from '../../../ui/components/side-panel.tsx';
import { useReading } from '../../api/use-reading.ts';

/** Proof that a record is the one that was written, for whoever holds the relay’s verifier key. */
export function RecordProof({ seq, relay }: { seq: number; relay: string | undefined }) {
  const [isWanted, setWanted] = useState(false);
  const reading = useReading(isWanted ? '/admin/v1/audit/records/{seq}/proof' : null, { seq, relay });
  return (
    <PanelPart title="Proof">
      {!isWanted && <Button onClick={() => setWanted(true)}>Prove the record</Button>}
      {reading.status === 'failed' && <ProblemCard problem={reading.problem} />}
      {reading.status === 'ready' && (
        <div className="grid gap-2">
          <p className="text-sm">
            Record {reading.value.index + 1} of {reading.value.size} is under the signed checkpoint. Any program that
            knows C2SP tlog-proof can check it with the verifier key.
          </p>
          <CopyTextButton text={reading.value.text} label="Copy the proof" />
        </div>
      )}
    </PanelPart>
  );
}
