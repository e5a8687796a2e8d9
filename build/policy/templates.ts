import { policyJsonSchema } from './json-schema.ts';
import { jamf, mobileconfig } from './mac-templates.ts';
import { exampleValues } from './policy-facts.ts';
import { adml, admx, intune } from './windows-templates.ts';

/** Every file that is made from the schema of managed settings, by its path from the project’s root. */
export function policyTemplates(): ReadonlyMap<string, string> {
  const folder = 'deploy/policy';
  const example = { $schema: '../policy.schema.json', ...exampleValues };
  return new Map([
    [`${folder}/windows/Causeway.admx`, admx()],
    [`${folder}/windows/en-US/Causeway.adml`, adml('en')],
    [`${folder}/windows/de-DE/Causeway.adml`, adml('de')],
    [`${folder}/windows/intune-oma-uri.json`, intune()],
    [`${folder}/macos/causeway.mobileconfig`, mobileconfig()],
    [`${folder}/macos/jamf-manifest.json`, jamf()],
    [`${folder}/policy.schema.json`, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`],
    [`${folder}/linux/policy.json`, `${JSON.stringify(example, null, 2)}\n`],
  ]);
}
