/** The keys of an `infospace.yaml` that name the infospace. */
export const NAME_KEYS = ['slug', 'id', 'name'] as const;

/** The values of these keys, as written. */
export type Names = Partial<Record<(typeof NAME_KEYS)[number], string>>;

/** The name of an infospace: `slug` as it is, else `id` or `name` made a slug. */
export function slugOf({ slug = '', id = '', name = '' }: Names): string | undefined {
  const given = slug.trim();
  return given === '' ? (slugify(id) ?? slugify(name)) : given;
}

/** Whether a text is a slug: letters and digits of any script, and after the first character `.`, `_`, `-`. */
export function isSlug(text: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(text);
}

/** Why a text is not a slug, with one that is; undefined for a slug. */
export function slugFault(text: string): string | undefined {
  if (isSlug(text)) return undefined;
  return `"${text}" is not a slug, which may contain only letters, digits, ".", "_" and "-"; give "${slugify(text) ?? 'guide'}", for example.`;
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
 * The slug of an infospace from the text of its `infospace.yaml`. A broken file, or one without a name, gets the folder's name, and an
 * invalid slug is made valid: a search for infospaces must not fail because of one of them.
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

/** The names whose value is text. */
function namesIn(document: unknown): Names {
  const names: Names = {};
  if (typeof document !== 'object' || document === null) return names;
  for (const key of NAME_KEYS) {
    const value = (document as Record<string, unknown>)[key];
    if (typeof value === 'string') names[key] = value;
  }
  return names;
}

/** A line that begins a key which is not a name, or that belongs below a key or between two. */
const OTHER_LINE = /^(?!(?:slug|id|name):)[A-Za-z_]\w*:(?:[ \r]|$)|^(?:[ \t#]|- |-?\r?$)/;
/** A plain value that YAML reads as text. */
const NAME_LINE =
  /^(slug|id|name): +(?!(?:[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE)\s*$)(\p{L}[\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*)\s*$/u;
/** A line that may continue the previous value. */
const MAY_GO_ON = /^\s*[ \t#-]/;

/**
 * The names in an ordinary `infospace.yaml`, fifty times as fast as a parser: a workspace may have a thousand of them. Undefined when only
 * a parser can tell.
 */
export function scanNames(text: string): Names | undefined {
  // In an indented document the keys are not at the line start.
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
