import { parse } from 'smol-toml';
import { ArchiveError } from '../errors.ts';
import { isClassName } from '../outside-fields.ts';
import { readOutsideText } from '../outside-file.ts';

/** A retention class: how long packages are kept. */
export interface RetentionClass {
  name: string;
  /** Days from creation to expiry, or null for never. */
  days: number | null;
}

/** The class of a package by default. */
export const DEFAULT_RETENTION_CLASS = 'release-evidence';

const SEEDED: readonly RetentionClass[] = [
  { name: 'transient', days: 7 },
  { name: 'raw-evidence', days: 90 },
  { name: 'summary-evidence', days: 365 },
  { name: DEFAULT_RETENTION_CLASS, days: 2555 },
  { name: 'permanent-record', days: null },
];
/** Enough for a million classes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Its name promises that it never expires; configuration cannot change that. */
const PERMANENT = 'permanent-record';

/** A thousand years; more is a typing error. */
const MAX_DAYS = 365_250;
/** Limit for class names in an error. */
const NAMED_CLASSES = 20;
const DAY_MS = 86_400_000;

/**
 * The built-in classes, overridden by those in the operator's TOML file:
 *
 * ```toml
 * [classes.team-evidence]
 * days = 730          # or "never"
 * ```
 *
 * @throws ArchiveError `CONFIG_INVALID` naming the file and what is wrong in it.
 */
export function loadRetentionClasses(configPath: string | undefined): RetentionClass[] {
  const classes = new Map(SEEDED.map((seeded) => [seeded.name, seeded]));
  if (configPath !== undefined) {
    for (const configured of parseFile(configPath)) classes.set(configured.name, configured);
  }
  return [...classes.values()];
}

function parseFile(path: string): RetentionClass[] {
  const invalid = (what: string, cause?: unknown) =>
    new ArchiveError(
      'CONFIG_INVALID',
      `The retention file ${path} (ARTIFACTSTORE_RETENTION_CONFIG_PATH) ${what}.`,
      cause,
      { path },
    );
  let document: Record<string, unknown>;
  try {
    const text = readOutsideText(path, MAX_FILE_BYTES);
    if (text === undefined) throw new Error('there is no such file');
    document = parse(text);
  } catch (error) {
    throw invalid(`cannot be read: ${(error as Error).message.split('\n', 1)[0]!.replace(/\.$/, '')}`, error);
  }
  const unknown = Object.keys(document).find((key) => key !== 'classes');
  if (unknown !== undefined) throw invalid(`has an unknown key "${unknown}"; only tables [classes.<name>] are allowed`);
  return Object.entries(tableOf(document['classes'] ?? {}, () => invalid('needs tables [classes.<name>]'))).map(
    ([name, value]) => {
      if (!isClassName(name)) throw invalid(`names a class "${name}"; use lower-case letters, digits and hyphens`);
      const table = tableOf(value, () => invalid(`needs a table [classes.${name}]`));
      const extra = Object.keys(table).find((key) => key !== 'days');
      if (extra !== undefined)
        throw invalid(`has an unknown key "${extra}" in [classes.${name}]; only "days" is allowed`);
      const { days } = table;
      if (days === 'never') return { name, days: null };
      if (name === PERMANENT) throw invalid(`lets "${PERMANENT}" expire; it never does, so name another class`);
      if (!Number.isInteger(days) || (days as number) < 1 || (days as number) > MAX_DAYS) {
        throw invalid(`gives class "${name}" no usable "days"; use a whole number from 1 to ${MAX_DAYS}, or "never"`);
      }
      return { name, days: days as number };
    },
  );
}

function tableOf(value: unknown, error: () => ArchiveError): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) throw error();
  return value as Record<string, unknown>;
}

/** @throws ArchiveError `USAGE` naming the known classes. */
export function findRetentionClass(classes: readonly RetentionClass[], name: string): RetentionClass {
  const found = classes.find((candidate) => candidate.name === name);
  if (found) return found;
  const names = classes.slice(0, NAMED_CLASSES).map((known) => known.name);
  if (classes.length > names.length) names.push(`${classes.length - names.length} more ("retention classes")`);
  throw new ArchiveError('USAGE', `There is no retention class "${name}"; choose one of ${names.join(', ')}.`);
}

/** When a package of the class created at the given time expires, or null for never. */
export function expiryOf({ days }: RetentionClass, createdAt: Date): string | null {
  return days === null ? null : new Date(createdAt.getTime() + days * DAY_MS).toISOString();
}
