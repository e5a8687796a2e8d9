import { exampleOf, exampleValues, policyDomain, stableUuid, templateKeys, xml } from './policy-facts.ts';
import { policyJsonSchema } from './json-schema.ts';

/** A configuration profile for macOS that sets a little; all else stands in comments. */
export function mobileconfig(): string {
  const settings = templateKeys.map((key) => {
    const isSet = Object.hasOwn(exampleValues, key.name);
    const lines = [`<key>${key.name}</key>`, ...plistValue(isSet ? exampleValues[key.name] : exampleOf(key))];
    // Two hyphens would end the comment.
    const about = `      <!-- ${xml(key.text.en).replaceAll('--', '- -')} -->`;
    return [about, ...(isSet ? lines : ['<!--', ...lines, '-->']).map((line) => `      ${line}`)].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadDisplayName</key>
      <string>Causeway</string>
      <key>PayloadIdentifier</key>
      <string>${policyDomain}.settings</string>
      <key>PayloadType</key>
      <string>${policyDomain}</string>
      <key>PayloadUUID</key>
      <string>${stableUuid('settings')}</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
${settings.join('\n')}
    </dict>
  </array>
  <key>PayloadDisplayName</key>
  <string>Causeway</string>
  <key>PayloadIdentifier</key>
  <string>${policyDomain}.profile</string>
  <key>PayloadScope</key>
  <string>System</string>
  <key>PayloadType</key>
  <string>Configuration</string>
  <key>PayloadUUID</key>
  <string>${stableUuid('profile')}</string>
  <key>PayloadVersion</key>
  <integer>1</integer>
</dict>
</plist>
`;
}

/** A value as lines of an XML property list. */
export function plistValue(value: unknown): readonly string[] {
  if (typeof value === 'boolean') return [value ? '<true/>' : '<false/>'];
  if (typeof value === 'number') return [`<integer>${value}</integer>`];
  if (typeof value === 'string') return [`<string>${xml(value)}</string>`];
  const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
  if (Array.isArray(value)) return ['<array>', ...indented(value.flatMap(plistValue)), '</array>'];
  const pairs = Object.entries(value ?? {}).flatMap(([name, item]) => [`<key>${xml(name)}</key>`, ...plistValue(item)]);
  return ['<dict>', ...indented(pairs), '</dict>'];
}

/** The manifest that Jamf Pro makes a form of (Application & Custom Settings, External Applications). */
export function jamf(): string {
  const { $schema: _editors, ...properties } = policyJsonSchema().properties;
  const ordered = Object.entries(properties).map(([name, schema], index) => [
    name,
    { ...schema, property_order: (index + 1) * 5 },
  ]);
  const manifest = {
    title: `Causeway (${policyDomain})`,
    description: 'Managed settings of Causeway',
    options: { remove_empty_properties: true },
    properties: Object.fromEntries(ordered),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
