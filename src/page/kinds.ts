import { extname } from 'node:path/posix';
import type { FileEntry } from '../artifact-store/manifest/model.ts';
import { formatBytes } from '../terminal/format.ts';

/** How a file is shown. */
type Shown = 'markdown' | 'table' | 'image' | 'pdf' | 'text';

/** What browsers draw without running anything; SVG is text here. */
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

/** By the name of a file. What it is called does not say that it is text. */
export function shownAs(path: string): Shown {
  const extension = extensionOf(path);
  return extension in IMAGES ? 'image' : (OTHERS[extension] ?? 'text');
}

/** The only types that a file is given as, whatever it claims to be; what none is of, is for saving alone. */
export function mediaType(path: string): string | undefined {
  const extension = extensionOf(path);
  return extension === '.pdf' ? 'application/pdf' : IMAGES[extension];
}

export function extensionOf(path: string): string {
  return extname(path).toLowerCase();
}

/** What an entry is, where it is no ordinary file. */
export function kindOf(entry: FileEntry): string {
  if (entry.kind === 'file') return entry.executable ? 'executable' : '';
  return entry.kind === 'symlink' ? 'link' : 'empty folder';
}

export function sizeOf(entry: FileEntry): string {
  return entry.kind === 'file' ? formatBytes(entry.size) : '';
}

/** Both, as far as they say something. */
export function aboutEntry(entry: FileEntry): string {
  return [kindOf(entry), sizeOf(entry)].filter((text) => text !== '').join(', ');
}
