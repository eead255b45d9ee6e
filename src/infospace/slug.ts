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

/** A line that begins a key which is no name, or one that stands below a key or between two. */
const OTHER_LINE = /^(?!(?:slug|id|name):)[A-Za-z_]\w*:(?:[ \r]|$)|^(?:[ \t#]|- |-?\r?$)/;
/** A name in words that are text in YAML as they stand. */
const NAME_LINE =
  /^(slug|id|name): +(?!(?:[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE)\s*$)(\p{L}[\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*)\s*$/u;
/** What may belong to the value on the line before. */
const MAY_GO_ON = /^\s*[ \t#-]/;

type Names = Partial<Record<'slug' | 'id' | 'name', string>>;

/**
 * The names in an `infospace.yaml` of the ordinary kind, in a fiftieth of the time that a parser needs: a workspace may
 * hold a thousand of them. Undefined when only a parser can tell.
 */
export function scanNames(text: string): Names | undefined {
  // What is indented as a whole has its keys elsewhere.
  if (!/^(?:---\r?\n)?(?:#.*\n|\r?\n)*\w/.test(text)) return undefined;
  const names: Names = {};
  let start = /^---\r?\n/.exec(text)?.[0].length ?? 0;
  while (start < text.length) {
    const lineEnd = text.indexOf('\n', start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(start, end);
    start = end + 1;
    if (OTHER_LINE.test(line)) continue;
    const [, key, value] = NAME_LINE.exec(line) ?? [];
    if (key === undefined || key in names || MAY_GO_ON.test(text.slice(start))) return undefined;
    names[key as keyof Names] = value!;
  }
  return names;
}
