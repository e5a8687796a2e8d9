import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';

const wix3 = 'http://schemas.microsoft.com/wix/2006/wi';
/** Folder of the app, below which the project’s other folders are. */
const appFolder = 'APPLICATIONFOLDER';
/** What wixl does without: dialogs, which only show, PATH, and details that it sets by itself or has no word for. */
const leftOut = {
  elements: ['UI', 'UIRef', 'WixVariable', 'ShortcutProperty', 'CustomAction', 'InstallExecuteSequence', 'Environment'],
  attributes: ['AllowSameVersionUpgrades', 'CompressionLevel', 'Secure', 'ReadOnly'],
} as const;

/**
 * Says a project of WiX 4, as electron-builder writes it, in the words of WiX 3, which wixl reads: what is installed, where,
 * under which product, version and upgrade code stays what it is. Files are looked for below `directory`, the icon at `icon`,
 * both from where wixl runs.
 */
export function projectForWixl(project: string, directory: string, icon: string): string {
  const source = new DOMParser().parseFromString(project, 'text/xml');
  const [product] = elements(source, 'Product');
  if (product === undefined) throw new Error('electron-builder has written no product.');
  for (const name of leftOut.elements)
    for (const element of elements(source, name)) element.parentNode?.removeChild(element);
  for (const element of elements(source, '*')) for (const name of leftOut.attributes) element.removeAttribute(name);
  for (const element of elements(source, 'Icon')) element.setAttribute('SourceFile', icon);
  for (const element of elements(source, 'Condition')) {
    const words = element.textContent ?? '';
    while (element.firstChild) element.removeChild(element.firstChild);
    element.appendChild(source.createTextNode(words));
  }
  nestFolders(source);
  splitGroups(source, product);
  return new XMLSerializer()
    .serializeToString(source)
    .replace(/xmlns="[^"]*"/, `xmlns="${wix3}"`)
    .replaceAll('$(var.appDir)', directory);
}

function elements(document: Document, name: string): readonly Element[] {
  return [...document.getElementsByTagName(name)];
}

/** `Name="APPLICATIONFOLDER:\a\b\"` becomes folders in folders; those between are made where nothing is in them. */
function nestFolders(document: Document): void {
  const [app] = elements(document, 'Directory').filter((one) => one.getAttribute('Id') === appFolder);
  if (app === undefined) throw new Error('electron-builder’s project has no folder for the app.');
  const named = elements(document, 'Directory').flatMap((element) => {
    const path = new RegExp(`^${appFolder}:\\\\(.+)\\\\$`).exec(element.getAttribute('Name') ?? '')?.[1];
    return path === undefined ? [] : [{ element, path: path.split('\\') }];
  });
  const made = new Map<string, Element>([['', app]]);
  const folderAt = (path: readonly string[]): Element => {
    const key = path.join('\\');
    const known = made.get(key);
    if (known !== undefined) return known;
    const own = named.find((one) => one.path.join('\\') === key)?.element ?? document.createElement('Directory');
    if (!own.hasAttribute('Id')) own.setAttribute('Id', `between${made.size}`);
    own.setAttribute('Name', path.at(-1) ?? '');
    folderAt(path.slice(0, -1)).appendChild(own);
    made.set(key, own);
    return own;
  };
  for (const { path } of named) folderAt(path);
}

/** wixl knows the folder of a group alone, and wants a name for each part. */
function splitGroups(document: Document, product: Element): void {
  const [group] = elements(document, 'ComponentGroup');
  const [reference] = elements(document, 'ComponentGroupRef');
  const components = elements(document, 'Component');
  group?.parentNode?.removeChild(group);
  const fragment = document.createElement('Fragment');
  const byFolder = Map.groupBy(components, (component) => component.getAttribute('Directory') ?? appFolder);
  let count = 0;
  for (const [folder, parts] of byFolder) {
    const own = document.createElement('ComponentGroup');
    own.setAttribute('Id', `In.${folder}`);
    own.setAttribute('Directory', folder);
    for (const part of parts) {
      count += 1;
      part.removeAttribute('Directory');
      part.setAttribute('Id', `part${count}`);
      part.setAttribute('Guid', '*');
      const file = part.getElementsByTagName('File')[0];
      if (file?.hasAttribute('Id') === false) file.setAttribute('Id', `file${count}`);
      own.appendChild(part);
    }
    fragment.appendChild(own);
    const word = document.createElement('ComponentGroupRef');
    word.setAttribute('Id', `In.${folder}`);
    reference?.parentNode?.appendChild(word);
  }
  reference?.parentNode?.removeChild(reference);
  product.parentNode?.appendChild(fragment);
}
