import { exampleOf, policyRegistryKey, registryLines, type TemplateKey, templateKeys, xml } from './policy-facts.ts';

const head = '<?xml version="1.0" encoding="utf-8"?>';
const schemas =
  'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"';
const longestText = 2048;
const longestLines = 16_384;
const mostLines = 200;

/** The group policies’ definitions: for the computer and for the person. */
export function admx(): string {
  return `${head}
<policyDefinitions ${schemas}>
  <policyNamespaces>
    <target prefix="causeway" namespace="Causeway.Policies" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" fallbackCulture="en-US" />
  <supportedOn>
    <definitions>
      <definition name="SUPPORTED_Causeway" displayName="$(string.SUPPORTED_Causeway)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="Causeway" displayName="$(string.Causeway)" />
  </categories>
  <policies>
${templateKeys.map(policyOf).join('\n')}
  </policies>
</policyDefinitions>
`;
}

function policyOf(key: TemplateKey): string {
  const { name, form } = key;
  const isPlain = form.type === 'boolean';
  const presentation = isPlain ? '' : ` presentation="$(presentation.${name})"`;
  return `    <policy name="${name}" class="Both" displayName="$(string.${name})" explainText="$(string.${name}_Explain)"${presentation} key="${policyRegistryKey}"${isPlain ? ` valueName="${name}"` : ''}>
      <parentCategory ref="Causeway" />
      <supportedOn ref="SUPPORTED_Causeway" />
${valueOf(key)}
    </policy>`;
}

function valueOf({ name, form }: TemplateKey): string {
  const element = (inner: string): string => `      <elements>\n${inner}\n      </elements>`;
  const ids = `id="${name}" valueName="${name}" required="true"`;
  switch (form.type) {
    case 'boolean':
      return `      <enabledValue>
        <decimal value="1" />
      </enabledValue>
      <disabledValue>
        <decimal value="0" />
      </disabledValue>`;
    case 'whole':
      return element(`        <decimal ${ids} minValue="${form.min}" maxValue="${form.max}" />`);
    case 'choice':
      return element(
        [
          `        <enum ${ids}>`,
          ...form.choices.map(
            (choice) =>
              `          <item displayName="$(string.${name}_${choice})">\n            <value>\n              <string>${choice}</string>\n            </value>\n          </item>`,
          ),
          '        </enum>',
        ].join('\n'),
      );
    case 'text':
      return element(`        <text ${ids} maxLength="${longestText}" />`);
    case 'list':
    case 'table':
      return element(`        <multiText ${ids} maxLength="${longestLines}" maxStrings="${mostLines}" />`);
  }
}

const words = {
  en: {
    causeway: 'Causeway',
    supported: 'Causeway 0.1 or newer',
    title: 'Causeway',
    about: 'Managed settings of Causeway',
    lines: 'One a line.',
    table: 'One a line, as name=value, for example {example}.',
    example: 'For example {example}.',
    fallback: 'Not configured: {fallback}.',
    app: 'The app only.',
  },
  de: {
    causeway: 'Causeway',
    supported: 'Causeway 0.1 oder neuer',
    title: 'Causeway',
    about: 'Verwaltete Einstellungen von Causeway',
    lines: 'Je Zeile eine Angabe.',
    table: 'Je Zeile eine Angabe als Name=Wert, etwa {example}.',
    example: 'Zum Beispiel {example}.',
    fallback: 'Nicht konfiguriert: {fallback}.',
    app: 'Nur die App.',
  },
} as const;

/** The texts of the definitions in one language. */
export function adml(language: 'en' | 'de'): string {
  const say = words[language];
  const strings = templateKeys.flatMap((key) => [
    stringOf(key.name, key.title[language]),
    stringOf(`${key.name}_Explain`, explanation(key, language)),
    ...(key.form.type === 'choice' ? key.form.choices.map((choice) => stringOf(`${key.name}_${choice}`, choice)) : []),
  ]);
  const presentations = templateKeys
    .filter(({ form }) => form.type !== 'boolean')
    .map((key) => presentationOf(key, language));
  return `${head}
<policyDefinitionResources ${schemas}>
  <displayName>${say.title}</displayName>
  <description>${say.about}</description>
  <resources>
    <stringTable>
${[stringOf('Causeway', say.causeway), stringOf('SUPPORTED_Causeway', say.supported), ...strings].join('\n')}
    </stringTable>
    <presentationTable>
${presentations.join('\n')}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}

function stringOf(id: string, text: string): string {
  return `      <string id="${id}">${xml(text)}</string>`;
}

function explanation(key: TemplateKey, language: 'en' | 'de'): string {
  const say = words[language];
  const { form } = key;
  const [line = ''] = form.type === 'table' || form.type === 'list' ? registryLines(form.example) : [];
  const parts = [
    key.text[language],
    ...(form.type === 'list' ? [say.lines, say.example.replace('{example}', line)] : []),
    ...(form.type === 'table' ? [say.table.replace('{example}', line)] : []),
    ...(form.type === 'text' ? [say.example.replace('{example}', form.example)] : []),
    ...(key.applies.length === 1 ? [say.app] : []),
    say.fallback.replace('{fallback}', key.fallback[language]),
  ];
  return parts.join('\n\n');
}

function presentationOf({ name, form, title }: TemplateKey, language: 'en' | 'de'): string {
  const label = xml(title[language]);
  const wrap = (inner: string): string => `      <presentation id="${name}">\n        ${inner}\n      </presentation>`;
  switch (form.type) {
    case 'whole':
      return wrap(
        `<decimalTextBox refId="${name}" defaultValue="${String(exampleOf({ form }))}">${label}</decimalTextBox>`,
      );
    case 'choice':
      return wrap(`<dropdownList refId="${name}" noSort="true" defaultItem="0">${label}</dropdownList>`);
    case 'text':
      return wrap(`<textBox refId="${name}">\n          <label>${label}</label>\n        </textBox>`);
    case 'boolean':
    case 'list':
    case 'table':
      return wrap(`<multiTextBox refId="${name}">${label}</multiTextBox>`);
  }
}

/** What Intune calls a category of an ADMX file that was handed to it as “Causeway”. */
const intunePolicies = './{scope}/Vendor/MSFT/Policy/Config/Causeway~Policy~Causeway';
/** Between the lines of a text of several ones. */
const lineBreak = '&#xF000;';

/** Custom settings (OMA-URI) for Intune: handing over the ADMX file, then an example of each key. */
export function intune(): string {
  const rows = templateKeys.map((key) => ({
    name: key.title.en,
    omaUri: `${intunePolicies.replace('{scope}', 'Device')}/${key.name}`,
    dataType: 'String',
    value: intuneValue(key),
  }));
  const ingest = {
    name: 'Causeway ADMX',
    omaUri: './Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Causeway/Policy/Causeway',
    dataType: 'String',
    value: 'the text of Causeway.admx',
  };
  return `${JSON.stringify({ settings: [ingest, ...rows] }, null, 2)}\n`;
}

function intuneValue(key: TemplateKey): string {
  const example = exampleOf(key);
  if (key.form.type === 'boolean') return '<enabled/>';
  const isLines = key.form.type === 'list' || key.form.type === 'table';
  const value = isLines ? registryLines(example).map(xml).join(lineBreak) : xml(String(example));
  return `<enabled/><data id="${key.name}" value="${value}"/>`;
}
