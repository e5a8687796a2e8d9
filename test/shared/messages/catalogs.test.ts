import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { describe, expect, test } from 'vitest';
import { pagesDe, pagesEn } from '../../../relay/page-texts/page-text.ts';
import { de } from '../../../shared/messages/de.ts';
import { en } from '../../../shared/messages/en.ts';
import { de as uiDe } from '../../../ui/messages/de.ts';
import { en as uiEn } from '../../../ui/messages/en.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const english: ReadonlyMap<string, string> = new Map(Object.entries({ ...en, ...uiEn, ...pagesEn }));
const german: ReadonlyMap<string, string> = new Map(Object.entries({ ...de, ...uiDe, ...pagesDe }));

/** Names of a message's arguments, with whether they are numbers, as the library reads them. */
function argumentsOf(elements: readonly MessageFormatElement[]): readonly string[] {
  return elements.flatMap((element) => {
    switch (element.type) {
      case TYPE.literal:
      case TYPE.pound:
        return [];
      case TYPE.argument:
        return [`${element.value}:text`];
      case TYPE.tag:
        return argumentsOf(element.children);
      case TYPE.number:
      case TYPE.date:
      case TYPE.time:
        return [`${element.value}:number`];
      case TYPE.plural:
      case TYPE.select: {
        const kind = element.type === TYPE.plural ? 'number' : 'text';
        return [
          `${element.value}:${kind}`,
          ...Object.values(element.options).flatMap(({ value }) => argumentsOf(value)),
        ];
      }
      default:
        return ['unknown'];
    }
  });
}

/** The same, as the types of `text` read them (`message-arguments.ts`). */
function typedArgumentsOf(message: string): readonly string[] {
  return message
    .split('{')
    .slice(1)
    .flatMap((rest) => {
      const inside = rest.split('}')[0] ?? '';
      const [name = '', ...format] = inside.split(', ');
      if (name === '' || /[ #<]/.test(name)) return [];
      return [`${name}:${/^(?:number|plural|selectordinal|date|time)/.test(format.join(', ')) ? 'number' : 'text'}`];
    });
}

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();

describe('every message', () => {
  test.each([
    ['English', english],
    ['German', german],
  ])('in %s can be parsed, and its arguments are what the types say', (_language, catalog) => {
    const wrong = [...catalog].flatMap(([id, message]) => {
      const read = sorted(argumentsOf(parse(message)));
      const typed = sorted(typedArgumentsOf(message));
      return read.join() === typed.join() ? [] : [{ id, read, typed }];
    });
    expect(wrong).toEqual([]);
  });

  test('takes the same arguments in both languages', () => {
    const named = (message = ''): string => sorted(argumentsOf(parse(message))).join();
    const wrong = [...english].filter(([id, message]) => named(message) !== named(german.get(id)));
    expect(wrong.map(([id]) => id)).toEqual([]);
  });

  test.each([
    ['English', english],
    ['German', german],
  ])('in %s has typographic quotes and apostrophes and no blanks at its ends', (_language, catalog) => {
    const wrong = [...catalog].filter(([, message]) => /['"`]|\.\.\.|^\s|\s$| {2}/.test(message));
    expect(wrong).toEqual([]);
  });

  test.each(['shared/messages', 'relay/page-texts'])('in %s begins its id with the name of its file', (folder) => {
    const files = readdirSync(join(project, folder, 'en'));
    expect(readdirSync(join(project, folder, 'de'))).toEqual(files);
    const wrong = files.flatMap((file) =>
      ['en', 'de'].flatMap((language) => {
        const source = readFileSync(join(project, folder, language, file), 'utf8');
        const ids = [...source.matchAll(/^ {2}'([^']+)':/gm)].map(([, id = '']) => id);
        return ids.filter((id) => !id.startsWith(`${file.replace(/\.ts$/, '')}.`)).map((id) => `${file}: ${id}`);
      }),
    );
    expect(wrong).toEqual([]);
  });
});

/** Sources that make texts. */
function sources(): readonly string[] {
  return ['client', 'electron', 'relay', 'renderer', 'shared', 'ui'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter(
        (name) => /\.tsx?$/.test(name) && !/(?:messages|page-texts)\/(?:en|de)(?:\/|\.ts)/.test(`${folder}/${name}`),
      )
      .map((name) => readFileSync(join(project, folder, name), 'utf8')),
  );
}

test('no message is left that nothing shows', () => {
  const source = sources().join('\n');
  // Ids may be put together, as in text(`settings.theme.${value}`): their fixed parts count.
  const exact = new Set([...source.matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/g)].map(([, id = '']) => id));
  const made = [...source.matchAll(/`([a-z][\w-]*\.(?:[\w.-]|\$\{[^`{}]*\})*)`/g)]
    .map(([, id = '']) => id)
    .filter((id) => id.includes('${'))
    .map((id) => new RegExp(`^${id.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[\\w.-]+')}$`));
  const unused = [...english.keys()].filter((id) => !exact.has(id) && !made.some((pattern) => pattern.test(id)));
  expect(unused).toEqual([]);
});
