import type { Html } from './html.ts';

/** The answer of a view. */
export type Answer = PageAnswer | FrameAnswer | BytesAnswer;

/** A whole page, with the common head and navigation. */
export interface PageAnswer {
  kind: 'page';
  status?: number;
  title: string;
  /** Parts are sent as they become available. */
  body: Html | AsyncIterable<Html>;
}

/** The content of a sandboxed frame: without scripts, links and external resources. */
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
