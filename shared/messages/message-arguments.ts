/** Formats whose argument is a number: counts, sizes, and times in milliseconds since the epoch. */
type NumberFormat = 'number' | 'plural' | 'selectordinal' | 'date' | 'time';

/** No name of an argument: what stands in a branch of a plural or select, which always has a blank, a `#` or nothing. */
type NotAName = '' | `${string} ${string}` | `${string}#${string}` | `${string}{${string}` | `${string}<${string}`;

type Name<Text extends string> = Text extends NotAName ? never : Text;

/** The argument that begins at an opening brace, as `name:format`. */
type ArgumentAt<Rest extends string> = Rest extends `${infer Inside}}${string}`
  ? Inside extends `${infer First}, ${infer Format}`
    ? `${Name<First>}:${Format extends `${NumberFormat}${string}` ? 'number' : 'text'}`
    : `${Name<Inside>}:text`
  : never;

type ArgumentsIn<Message extends string> = Message extends `${string}{${infer Rest}`
  ? ArgumentAt<Rest> | ArgumentsIn<Rest>
  : never;

type NamesOf<Found extends string, Kind extends string> = Found extends `${infer Each}:${Kind}` ? Each : never;

/** What an ICU message needs to become a text; `Inline` stands where a screen puts a part of its own into the sentence. */
export type MessageValues<Message extends string, Inline = never> = {
  readonly [Each in NamesOf<ArgumentsIn<Message>, 'text'>]: string | Inline;
} & { readonly [Each in NamesOf<ArgumentsIn<Message>, 'number'>]: number };

/** The values of a message as the rest of a call: none where the message takes none. */
export type ValuesArgument<Message extends string, Inline = never> = [ArgumentsIn<Message>] extends [never]
  ? []
  : [values: MessageValues<Message, Inline>];
