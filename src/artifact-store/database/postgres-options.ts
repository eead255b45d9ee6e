import { invalidParameter, type Parameter } from './postgres-url.ts';

/** One setting of libpq's `options`: `-c name=value`, `-cname=value` or `--name=value`. */
const SETTING = /^(?:-c\s*|--)(?<name>[A-Za-z_][\w.-]*)=(?<value>.*)$/s;
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Takes the schema out of the options. Poolers drop a session's search path, so queries name the schema instead.
 * @throws ArchiveError `CONFIG_INVALID` when two schemas are named, or one that cannot be parsed.
 */
export function readOptions(
  options: Parameter | undefined,
  schema: Parameter | undefined,
): { schema: Parameter | undefined; options: string | undefined } {
  if (options === undefined || options.value.trim() === '') return { schema, options: undefined };
  if (options.value.includes('\0')) throw invalidParameter(options.origin, 'contains a zero byte; remove it');
  const kept: string[] = [];
  let found = schema;
  for (const argument of argumentsOf(options.value)) {
    const { name, value } = SETTING.exec(argument)?.groups ?? {};
    if (name?.toLowerCase() !== 'search_path') {
      kept.push(argument);
      continue;
    }
    const first = value!
      .split(',')[0]!
      .trim()
      .replace(/^"(.*)"$/, '$1');
    if (schema !== undefined && schema.value !== first) {
      throw invalidParameter(options.origin, `names another schema than schema=${schema.value}; keep one of them`);
    }
    found = { value: first, origin: `The search_path in "options" (${options.origin})` };
  }
  return { schema: found, options: kept.length === 0 ? undefined : kept.map(escaped).join(' ') };
}

/** The names of the settings in the options. */
export function settingsIn(options: string | undefined): string[] {
  return argumentsOf(options ?? '').flatMap(
    (argument) => SETTING.exec(argument)?.groups?.['name']?.toLowerCase() ?? [],
  );
}

export function refuseSchema({ value, origin }: Parameter): void {
  if (SCHEMA_NAME.test(value)) return;
  throw invalidParameter(
    origin,
    `names the schema "${value}", which is not a plain name; use at most 63 lower-case letters, digits and underscores, as in schema=archive`,
  );
}

/** Splits at unescaped white space, as PostgreSQL does; `-c` stays with its setting. */
function argumentsOf(options: string): string[] {
  const words = [...options.matchAll(/(?:\\.|[^\s\\])+/gs)].map(([word]) => word.replaceAll(/\\(.)/gs, '$1'));
  const found: string[] = [];
  for (const word of words) {
    if (found.at(-1) === '-c') found.splice(-1, 1, `-c ${word}`);
    else found.push(word);
  }
  return found;
}

function escaped(argument: string): string {
  const setting = argument.replace(/^-c /, '');
  const text = setting.replaceAll(/[\s\\]/g, '\\$&');
  return setting === argument ? text : `-c ${text}`;
}
