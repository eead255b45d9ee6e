/** The keys of an `infospace.yaml` that say what the infospace is called. */
export const NAME_KEYS = ['slug', 'id', 'name'] as const;

/** The values of these keys, each as it is written. */
export type Names = Partial<Record<(typeof NAME_KEYS)[number], string>>;

/** What an infospace is called: `slug` as it stands, else `id` or `name` as a slug. */
export function slugOf({ slug = '', id = '', name = '' }: Names): string | undefined {
  const given = slug.trim();
  return given === '' ? (slugify(id) ?? slugify(name)) : given;
}

/** Whether a text may stand as a slug: letters and digits of any script, and `.`, `_`, `-` behind the first. */
export function isSlug(text: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(text);
}

/** Why a text is no slug, and one that is; undefined for a slug. */
export function slugFault(text: string): string | undefined {
  if (isSlug(text)) return undefined;
  return `"${text}" is no slug, since letters, digits, ".", "_" and "-" alone may be in one; give "${slugify(text) ?? 'guide'}", for example.`;
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
 * folder, and what is no slug is made one: whoever only looks for infospaces must not stumble over a single one.
 */
export async function slugByText(text: string, folder: string): Promise<string> {
  const slug = slugOf(scanNames(text) ?? (await parseLoosely(text))) ?? '';
  return (isSlug(slug) ? slug : slugify(slug)) ?? slugify(folder) ?? 'infospace';
}

async function parseLoosely(text: string): Promise<Names> {
  const { parseAsWritten } = await import('./yaml.ts');
  try {
    return namesIn(parseAsWritten(text));
  } catch {
    return {};
  }
}

/** Those of the names that are text. */
function namesIn(document: unknown): Names {
  const names: Names = {};
  if (typeof document !== 'object' || document === null) return names;
  for (const key of NAME_KEYS) {
    const value = (document as Record<string, unknown>)[key];
    if (typeof value === 'string') names[key] = value;
  }
  return names;
}

/** A line that begins a key which is no name, or one that stands below a key or between two. */
const OTHER_LINE = /^(?!(?:slug|id|name):)[A-Za-z_]\w*:(?:[ \r]|$)|^(?:[ \t#]|- |-?\r?$)/;
/** A name in words that are text in YAML as they stand. */
const NAME_LINE =
  /^(slug|id|name): +(?!(?:[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE)\s*$)(\p{L}[\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*)\s*$/u;
/** What may belong to the value on the line before. */
const MAY_GO_ON = /^\s*[ \t#-]/;

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
