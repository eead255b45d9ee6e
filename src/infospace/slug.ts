/** What an `infospace.yaml` says its infospace is called: `slug` as it stands, else `id` or `name` as a slug. */
export function slugOf(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const { slug, id, name } = document as Record<string, unknown>;
  const given = textOf(slug).trim();
  return given === '' ? (slugify(textOf(id)) ?? slugify(textOf(name))) : given;
}

/** YAML takes a name of digits for a number. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Letters and digits of any script, in lower case, joined by hyphens; undefined when there are none. */
export function slugify(text: string): string | undefined {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu);
  return words?.join('-').normalize('NFC');
}

/**
 * The slug of an infospace by the text of its `infospace.yaml`. One that is broken or names nothing has that of its
 * folder: whoever only looks for infospaces must not stumble over a single one.
 */
export async function slugByText(text: string, folder: string): Promise<string> {
  return slugOf(scanNames(text) ?? (await parseLoosely(text))) ?? slugify(folder) ?? 'infospace';
}

async function parseLoosely(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

const TOP_LEVEL_KEY = /^(?<key>[A-Za-z_]\w*):(?: +(?<value>.*))?$/;
const BELOW_A_KEY = /^(?:[ \t#]|- |-$|$)/;
/** Words that are text in YAML, as they stand, on one line. */
const PLAIN_TEXT = /^\p{L}[\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*$/u;
const NOT_TEXT = /^(?:null|true|false)$/i;

/**
 * The names in an `infospace.yaml` of the ordinary kind, found in a hundredth of the time that a parser needs: a
 * workspace may hold a thousand of them. Undefined when only a parser can tell.
 */
export function scanNames(text: string): Partial<Record<'slug' | 'id' | 'name', string>> | undefined {
  const names: Partial<Record<'slug' | 'id' | 'name', string>> = {};
  const lines = text.split(/\r?\n/);
  if (lines[0] === '---') lines.shift();
  for (const [i, line] of lines.entries()) {
    if (BELOW_A_KEY.test(line)) continue;
    const { key, value } = TOP_LEVEL_KEY.exec(line)?.groups ?? {};
    if (key === undefined) return undefined;
    if (key !== 'slug' && key !== 'id' && key !== 'name') continue;
    const plain = value?.trimEnd() ?? '';
    const next = lines.slice(i + 1).find((later) => later.trim() !== '');
    const goesOn = next !== undefined && BELOW_A_KEY.test(next);
    if (goesOn || names[key] !== undefined || !PLAIN_TEXT.test(plain) || NOT_TEXT.test(plain)) return undefined;
    names[key] = plain;
  }
  return names;
}
