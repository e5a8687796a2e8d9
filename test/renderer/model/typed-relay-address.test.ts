import { describe, expect, test } from 'vitest';
import { readTypedRelayAddress } from '../../../renderer/model/typed-relay-address.ts';

describe('the relay field refuses', () => {
  test.each([
    '',
    '   ',
    'http://relay.example.com',
    'http://relay.example.com/console?x=1',
    'ftp://relay.example.com/x',
    'javascript:alert(1)',
    'alice@',
    'alice@localhost/../x',
    'alice:secret@relay.example.com',
    'https://alice@relay.example.com/x',
    'relay.example.com/a b',
    'relay.example.com\\x',
    'alice@acme.example, bob@acme.example',
  ])('%j', (typed) => {
    expect(readTypedRelayAddress(typed)).toMatchObject({ status: 'invalid', message: expect.stringMatching(/\w/) });
  });
});

describe('the relay field understands', () => {
  test.each([
    ['relay.example.com', 'https://relay.example.com', null],
    [' HTTPS://Relay.Example.com:8443 ', 'https://relay.example.com:8443', null],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', null],
    ['alice@acme.example', 'https://acme.example', /acme\.example/],
    ['mailto:alice.moreau+x@acme.example', 'https://acme.example', /acme\.example/],
    [
      'https://relay.example.com/v1/orders?state=open#top',
      'https://relay.example.com',
      /https:\/\/relay\.example\.com/,
    ],
    ['relay.example.com:8443/', 'https://relay.example.com:8443', null],
    ['relay.example.com?next=/', 'https://relay.example.com', /only/i],
    ['http://localhost:8080/v1', 'http://localhost:8080', /only/i],
  ] as const)('%j as %s', (typed, url, note) => {
    const address = readTypedRelayAddress(typed);
    expect(address).toMatchObject({ status: 'valid', url });
    if (address.status === 'valid' && note !== null) expect(address.note).toMatch(note);
    else expect(address).toHaveProperty('note', null);
  });
});
