import { extname } from 'node:path/posix';
import type { FileEntry } from '../artifact-store/manifest/model.ts';
import { formatBytes } from '../terminal/format.ts';

/** How to show a file. */
type Shown = 'markdown' | 'table' | 'image' | 'pdf' | 'text';

/** Types that browsers draw without running anything; SVG is shown as text. */
const IMAGES: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
};

const OTHERS: Readonly<Record<string, Shown>> = {
  '.csv': 'table',
  '.jsonl': 'table',
  '.markdown': 'markdown',
  '.md': 'markdown',
  '.ndjson': 'table',
  '.pdf': 'pdf',
  '.tsv': 'table',
};

/** Chosen by the file name. A name cannot tell that the content is text. */
export function shownAs(path: string): Shown {
  const extension = extensionOf(path);
  return extension in IMAGES ? 'image' : (OTHERS[extension] ?? 'text');
}

/** The only media types that files are served with, whatever they claim to be; all other files can only be downloaded. */
export function mediaType(path: string): string | undefined {
  const extension = extensionOf(path);
  return extension === '.pdf' ? 'application/pdf' : IMAGES[extension];
}

export function extensionOf(path: string): string {
  return extname(path).toLowerCase();
}

/** The kind of an entry that is not an ordinary file. */
export function kindOf(entry: FileEntry): string {
  if (entry.kind === 'file') return entry.executable ? 'executable' : '';
  return entry.kind === 'symlink' ? 'link' : 'empty folder';
}

export function sizeOf(entry: FileEntry): string {
  return entry.kind === 'file' ? formatBytes(entry.size) : '';
}

/** Kind and size, as far as they are informative. */
export function aboutEntry(entry: FileEntry): string {
  return [kindOf(entry), sizeOf(entry)].filter((text) => text !== '').join(', ');
}
