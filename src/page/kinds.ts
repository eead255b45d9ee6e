import { extname } from 'node:path/posix';

/** How a file is shown. */
export type Shown = 'markdown' | 'table' | 'image' | 'pdf' | 'text' | 'bytes';

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
