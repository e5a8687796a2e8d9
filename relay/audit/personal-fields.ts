import { isAdminCaller, usernameOfActor } from './admin-caller.ts';
import { asciiJson } from './audit-line.ts';
import type { AuditRecord } from './audit-record.ts';
import type { KeyedPerson } from './keys/key-store.ts';

/** Whose a field is, and so which key it goes under. */
export type FieldOwner =
  | { readonly type: 'person'; readonly person: KeyedPerson }
  /** Somebody whom the record doesn't prove: only when they are known by now. */
  | { readonly type: 'known-person'; readonly person: Pick<KeyedPerson, 'issuer' | 'subject'> }
  | { readonly type: 'named'; readonly name: string }
  | { readonly type: 'refusals-of-day'; readonly timeMs: number };

/** A field of a record, and one owner of it. A field that is named twice goes under one key, then under the other. */
export interface PersonalField {
  readonly field: string;
  readonly owner: FieldOwner;
}

/**
 * What is personal in a record that isn't a decision. Never a name of an API, rule, role or code, nor a time or count:
 * they say what happened, and reports count by them.
 */
export function personalFields(record: Exclude<AuditRecord, { type: 'decision' }>): readonly PersonalField[] {
  switch (record.type) {
    case 'session':
      return owned({ type: 'person', person: record.caller }, 'caller', 'claims', 'detail');
    case 'access': {
      const requester = { type: 'person', person: record.requester } as const;
      const actor = { type: 'named', name: usernameOfActor(record.by) } as const;
      const by = record.by === record.requester.username ? requester : actor;
      return [...owned(requester, 'requester', 'note'), ...owned(by, 'by')];
    }
    case 'administrator':
      // Of somebody who was erased, the record has the name of the key alone.
      if (record.act === 'person-erased') return [];
      return [
        ...(record.person === null ? [] : owned({ type: 'person', person: record.person }, 'person', 'reason')),
        // Users of the relay's system stay.
        ...(isAdminCaller(record.operator.user)
          ? owned(
              { type: 'named', name: usernameOfActor(record.operator.user) },
              'operator',
              ...(record.person === null ? ['reason'] : []),
            )
          : []),
      ];
    case 'lock': {
      const [, who = ''] = /^the person (.*?)(?: at \S+)?$/.exec(record.target) ?? [];
      // Found among refused sign-ins, and kept for as long.
      const actor = { type: 'named', name: usernameOfActor(record.operator) } as const;
      if (isFoundAddress(record))
        return [
          ...owned({ type: 'refusals-of-day', timeMs: record.timeMs }, 'target'),
          ...(record.operator.startsWith('the rule ') ? [] : owned(actor, 'operator', 'reason')),
        ];
      // Whoever ends a session of theirs says from which device.
      if (who === '') return owned(actor, 'operator', 'reason');
      return [...owned({ type: 'named', name: who }, 'target', 'reason'), ...owned(actor, 'operator')];
    }
    case 'anomaly':
      return record.person === null
        ? owned({ type: 'refusals-of-day', timeMs: record.timeMs }, 'remoteAddress', 'detail')
        : owned({ type: 'person', person: record.person }, 'person', 'sessionId', 'device', 'remoteAddress', 'detail');
    case 'authentication-refused': {
      const fields = ['claimed', 'remoteAddress', 'detail'];
      return [
        ...(record.claimed === null ? [] : owned({ type: 'known-person', person: record.claimed }, ...fields)),
        ...owned({ type: 'refusals-of-day', timeMs: record.timeMs }, ...fields),
      ];
    }
    case 'relay':
      return record.person === undefined
        ? []
        : owned({ type: 'person', person: record.person }, 'person', 'remoteAddress', 'detail');
    case 'outcome':
      return [];
  }
}

/** Whether a rule, and not somebody who runs the relay, has locked an address, whoever takes the lock away. */
function isFoundAddress({ lock, target }: Extract<AuditRecord, { type: 'lock' }>): boolean {
  return lock.startsWith('finding-') && /^the (?:address|network) /.test(target);
}

function owned(owner: FieldOwner, ...fields: readonly string[]): readonly PersonalField[] {
  return fields.map((field) => ({ field, owner }));
}

const letter = '[\\p{L}\\p{N}]';
const shortestName = 3;
const syntax = /[\\^$.*+?()[\]{}|]/g;

/**
 * Whether a text, such as a path or a line of JSON, names somebody: by a whole word, in any case. A mail address counts by what is before
 * its `@`, too; names of fewer than three characters don't count.
 */
export function namesIn(names: readonly string[]): (text: string) => boolean {
  const words = names
    .flatMap((name) => [name, name.split('@')[0] ?? ''])
    .filter((name) => name.length >= shortestName)
    .flatMap((name) => [name, asciiJson(name).slice(1, -1), encodeURIComponent(name)]);
  if (words.length === 0) return () => false;
  const anyWord = [...new Set(words)].map((word) => word.replaceAll(syntax, '\\$&')).join('|');
  const pattern = new RegExp(`(?<!${letter})(?:${anyWord})(?!${letter})`, 'iu');
  const lowered = [...new Set(words.map((word) => word.toLowerCase()))];
  // Most texts name nobody, and are looked through ten times as fast so.
  return (text) => {
    const inLowerCase = text.toLowerCase();
    return lowered.some((word) => inLowerCase.includes(word)) && pattern.test(text);
  };
}
