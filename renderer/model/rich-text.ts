import { createElement, Fragment, type ReactNode } from 'react';
import type { ValuesArgument } from '../../shared/messages/message-arguments.ts';
import type { en } from '../../shared/messages/en.ts';
import { type TextId, text } from '../../shared/messages/text.ts';

/** A text with parts of the screen inside its sentence, where the language wants them: a time, a code, a link. */
export function richText<Id extends TextId>(id: Id, ...values: ValuesArgument<(typeof en)[Id], ReactNode>): ReactNode {
  return createElement(Fragment, null, ...text.parts<ReactNode, Id>(id, ...values));
}
