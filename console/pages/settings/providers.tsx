import { Badge } from '../../../ui/components/badge.tsx';
import { FactList, FactRow } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { useReading } from '../../api/use-reading.ts';
import { WhenRead } from '../page-frame.tsx';
import { clockWords } from './settings-words.ts';

const fresh = { everyMs: 30_000 } as const;

/** What signs people in, and how far it can be reached. */
export function Providers() {
  const reading = useReading('/admin/v1/providers', undefined, fresh);
  return (
    <WhenRead reading={reading} label="providers" rows={2}>
      {({ providers }) => (
        <div className="grid grid-cols-1 gap-3">
          {providers.map(
            ({
              name,
              issuer,
              ready,
              keys,
              leftOut,
              keysFetchedAtMs,
              failures,
              lastError,
              clockDifferenceMs,
              groupsLookup,
            }) => (
              <FactList key={issuer}>
                <FactRow name={name}>
                  <Badge tone={ready ? 'ok' : 'bad'}>{ready ? 'ready' : 'keys unknown'}</Badge>{' '}
                  <span className="[overflow-wrap:anywhere]">{issuer}</span>
                </FactRow>
                <FactRow name="Keys">
                  {keys.length === 0
                    ? 'None'
                    : keys.map(({ kid, sinceMs }) => (
                        <span key={kid} className="me-3 inline-block">
                          <code className="font-mono text-sm [overflow-wrap:anywhere]">{kid}</code>{' '}
                          <span className="text-mute">
                            since <Moment timeMs={sinceMs} />
                          </span>
                        </span>
                      ))}
                  {keysFetchedAtMs !== null && (
                    <span className="block text-sm text-mute">
                      Fetched <Moment timeMs={keysFetchedAtMs} />
                      {failures > 0 && `; ${failures} fetches failed since`}
                    </span>
                  )}
                  {leftOut.map((why) => (
                    <span key={why} className="block text-sm text-mute">
                      Not used: {why}
                    </span>
                  ))}
                </FactRow>
                <FactRow name="Clock">{clockWords(clockDifferenceMs)}</FactRow>
                {groupsLookup !== null && (
                  <FactRow name="Lookup of groups">
                    {groupsLookup.answeredAtMs === null ? (
                      'Nobody has asked yet'
                    ) : (
                      <>
                        last answer <Moment timeMs={groupsLookup.answeredAtMs} />
                      </>
                    )}
                    {groupsLookup.lastError !== null && (
                      <span className="block text-sm break-words text-mute">{groupsLookup.lastError.detail}</span>
                    )}
                  </FactRow>
                )}
                {lastError !== null && (
                  <FactRow name="Last error">
                    {lastError.detail}{' '}
                    <span className="text-mute">
                      (<Moment timeMs={lastError.atMs} />)
                    </span>
                  </FactRow>
                )}
              </FactList>
            ),
          )}
        </div>
      )}
    </WhenRead>
  );
}
