export interface Element {
  name: string;
  attributes: string[];
  text: string;
}

/** The start tags; throws for a `<` that begins no tag as this project writes them, script and style aside. */
export function parse(page: string): { elements: Element[] } {
  const elements: Element[] = [];
  const tag =
    /<(?:!doctype html|\/[a-z]+[1-6]?|([a-z][a-z]*[1-6]?)((?:\s+[a-zA-Z:-]+[a-z0-9]*(?:="[^"]*")?)*)\s*\/?)>/y;
  for (let at = page.indexOf('<'); at >= 0; at = page.indexOf('<', tag.lastIndex)) {
    tag.lastIndex = at;
    const [text, name, attributes] = tag.exec(page) ?? [];
    if (text === undefined) throw new Error(`no tag: ${page.slice(at, at + 100)}`);
    if (name === undefined) continue;
    const found = [...attributes!.matchAll(/\s+([^\s=]+)(?:="[^"]*")?/g)].map(([, attribute]) => attribute!);
    elements.push({ name, text, attributes: found });
    if (name === 'script' || name === 'style') tag.lastIndex = page.indexOf(`</${name}`, tag.lastIndex);
  }
  return { elements };
}
