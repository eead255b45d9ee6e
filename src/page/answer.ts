import type { Html } from './html.ts';

/** What a view makes of a request. */
export type Answer = PageAnswer | FrameAnswer | BytesAnswer;

/** A whole page, whose head and navigation are the same everywhere. */
export interface PageAnswer {
  kind: 'page';
  status?: number;
  title: string;
  /** One after the other, as they are known. */
  body: Html | AsyncIterable<Html>;
}

/** What a sandboxed frame shows: without scripts, links and anything from elsewhere. */
export interface FrameAnswer {
  kind: 'frame';
  body: Html;
}

/** Archived bytes. */
export interface BytesAnswer {
  kind: 'bytes';
  status: 200 | 206 | 416;
  headers: Record<string, string | number>;
  bytes: AsyncIterable<Uint8Array>;
}

export function page(title: string, body: PageAnswer['body']): PageAnswer {
  return { kind: 'page', title, body };
}
