import type { FileEntry } from '../artifact-store/manifest/model.ts';
import type { FilePatch } from '../infospace/diff.ts';
import type { Hunk } from '../infospace/line-changes.ts';
import { printable } from './format.ts';

const NOWHERE = '/dev/null';

/** One side of a file as a patch names it. */
interface Side {
  path: string;
  /** Git's mode: the kind and, for a file, the executable bit. Undefined for an empty folder, which git cannot store. */
  mode: string | undefined;
}

/**
 * A change in the format of `git diff`. `git apply` can apply it; so can `patch -p1`, except for renames and links.
 *
 * @param forTerminal escapes control characters in the text of files.
 */
export function formatPatch({ change, hunks }: FilePatch, forTerminal: boolean): string {
  const before = 'before' in change ? change.before : undefined;
  const after = 'after' in change ? change.after : undefined;
  if (before && after && before.kind !== after.kind) {
    // Git has no change of kind: the old file is deleted and a new one created.
    const removed = formatOne(before, undefined, before.kind === 'file' ? hunks : undefined, forTerminal);
    return removed + formatOne(undefined, after, after.kind === 'file' ? hunks : undefined, forTerminal);
  }
  return formatOne(before, after, hunks, forTerminal);
}

function formatOne(
  before: FileEntry | undefined,
  after: FileEntry | undefined,
  hunks: FilePatch['hunks'],
  forTerminal: boolean,
): string {
  const [old, now] = [sideOf(before), sideOf(after)];
  const mode = (now ?? old)?.mode;
  if (mode === undefined) return `Empty folder ${quoted(`${(now ?? old)!.path}/`)} ${now ? 'added' : 'removed'}\n`;
  const [from, to] = [`a/${(old ?? now)!.path}`, `b/${(now ?? old)!.path}`];
  const header = [`diff --git ${quoted(from)} ${quoted(to)}`, ...extendedHeader(old, now)];
  const body = linkHunks(before, after) ?? hunks;
  const names = [old ? from : NOWHERE, now ? to : NOWHERE] as const;
  // Git's only way to say that two files differ without showing how.
  if (typeof body === 'string') header.push(`Binary files ${names.map(quoted).join(' and ')} differ`);
  else if (body !== undefined && body.length > 0) {
    header.push(`--- ${fileName(names[0])}`, `+++ ${fileName(names[1])}`);
  }
  const lines = Array.isArray(body) ? body.flatMap((hunk) => hunkLines(hunk, forTerminal)) : [];
  return `${[...header, ...lines].join('\n')}\n`;
}

function sideOf(entry: FileEntry | undefined): Side | undefined {
  if (entry === undefined) return undefined;
  if (entry.kind === 'directory') return { path: entry.path, mode: undefined };
  if (entry.kind === 'symlink') return { path: entry.path, mode: '120000' };
  return { path: entry.path, mode: entry.executable ? '100755' : '100644' };
}

function extendedHeader(old: Side | undefined, now: Side | undefined): string[] {
  if (old === undefined) return [`new file mode ${now!.mode}`];
  if (now === undefined) return [`deleted file mode ${old.mode}`];
  const modes = old.mode === now.mode ? [] : [`old mode ${old.mode}`, `new mode ${now.mode}`];
  if (old.path === now.path) return modes;
  return [...modes, 'similarity index 100%', `rename from ${quoted(old.path)}`, `rename to ${quoted(now.path)}`];
}

/** Git stores the target of a link as file content without a final line feed. */
function linkHunks(before: FileEntry | undefined, after: FileEntry | undefined): Hunk[] | undefined {
  if ((after ?? before)?.kind !== 'symlink') return undefined;
  const side = (mark: string, entry: FileEntry | undefined) =>
    entry?.kind === 'symlink' ? [mark + entry.target, '\\ No newline at end of file'] : [];
  const lines = [...side('-', before), ...side('+', after)];
  return [{ oldStart: 1, oldLines: before ? 1 : 0, newStart: 1, newLines: after ? 1 : 0, lines }];
}

function hunkLines({ oldStart, oldLines, newStart, newLines, lines }: Hunk, forTerminal: boolean): string[] {
  const header = `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
  // Tabs are harmless, and common in text.
  const shown = forTerminal ? lines.map((line) => line.split('\t').map(printable).join('\t')) : lines;
  return [header, ...shown];
}

/** An empty range names the line before it. */
function range(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`;
  return lines === 1 ? `${start}` : `${start},${lines}`;
}

/** In `---` and `+++` lines, a tab marks the end of a name with spaces. */
function fileName(path: string): string {
  const name = quoted(path);
  return name === path && path.includes(' ') ? `${name}\t` : name;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** Quotes a name with control characters as git does, with C escapes. */
export function quoted(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const special = /[\u0000-\u001f\u007f-\u009f"\\]/g;
  const escaped = path.replace(special, (char) => ESCAPES[char] ?? octal(char));
  return escaped === path ? path : `"${escaped}"`;
}

function octal(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
