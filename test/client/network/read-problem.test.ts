import { expect, test } from 'vitest';
import { readProblem } from '../../../client/network/read-problem.ts';

test.each([
  undefined,
  null,
  'text',
  [],
  {},
  { code: 'overloaded' },
  { detail: 'x' },
  { code: 1, detail: 'x' },
  { code: 'x', detail: null },
])('%j is no problem document', (body) => expect(readProblem(body)).toBeNull());

test.each([
  [
    { code: 'overloaded', detail: 'Full.' },
    { code: 'overloaded', detail: 'Full.' },
  ],
  [
    { code: 'overloaded', detail: 'Full.', requestId: 'r1', more: {} },
    { code: 'overloaded', detail: 'Full.', requestId: 'r1' },
  ],
  [
    { code: 'of-a-later-version', detail: 'New.' },
    { code: null, detail: 'New.' },
  ],
  [
    { code: 'toString', detail: 'New.' },
    { code: null, detail: 'New.' },
  ],
  [
    { code: 'overloaded', detail: 'x'.repeat(5000) },
    { code: 'overloaded', detail: 'x'.repeat(1000) },
  ],
])('%j is read as %j', (body, problem) => expect(readProblem(body)).toEqual(problem));
