import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer, BytesAnswer, PageAnswer } from './answer.ts';
import { Html } from './html.ts';
import { FRAME_POLICY, framePage, PAGE_END, PAGE_POLICY, pageStart } from './shell.ts';

/** Headers of every answer: archived content is treated as hostile. */
const ALWAYS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** For archived bytes, in case a browser opens them as a page. PDF viewers do not work in a sandbox. */
const RAW_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";
const PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** Where to send an answer. */
export interface Recipient {
  response: ServerResponse;
  isHead: boolean;
  /** The title of the whole page. */
  site: string;
  /** The requested path. */
  path: string;
}

export async function send(answer: Answer, to: Recipient): Promise<void> {
  if (answer.kind === 'bytes') await sendBytes(answer, to);
  else if (answer.kind === 'page') await sendPage(answer, to);
  else sendHtml(framePage(answer.body), { 'Content-Security-Policy': FRAME_POLICY }, 200, to);
}

export function sendHtml(
  text: string,
  headers: Record<string, string>,
  status: number,
  { response, isHead }: Pick<Recipient, 'response' | 'isHead'>,
): void {
  const bytes = Buffer.from(text);
  const length = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': bytes.byteLength };
  response.writeHead(status, { ...ALWAYS, ...length, ...headers });
  response.end(isHead ? undefined : bytes);
}

async function sendPage({ title, body, status = 200 }: PageAnswer, to: Recipient): Promise<void> {
  const policy = { 'Content-Security-Policy': PAGE_POLICY };
  const start = pageStart(to.site, title, to.path);
  if (body instanceof Html) {
    sendHtml(start + body.text + PAGE_END, policy, status, to);
    return;
  }
  const { response, isHead } = to;
  response.writeHead(status, { ...ALWAYS, 'Content-Type': 'text/html; charset=utf-8', ...policy });
  if (isHead) response.end();
  else await pipeline(Readable.from(wholePage(start, body)), response);
}

async function* wholePage(start: string, body: AsyncIterable<Html>): AsyncIterable<string> {
  yield start;
  for await (const part of body) yield part.text;
  yield PAGE_END;
}

async function sendBytes({ status, headers, bytes }: BytesAnswer, { response, isHead }: Recipient): Promise<void> {
  const isPdf = headers['Content-Type'] === 'application/pdf';
  const all = { ...ALWAYS, 'Content-Security-Policy': isPdf ? PDF_POLICY : RAW_POLICY, ...headers };
  if (isHead) {
    response.writeHead(status, all);
    response.end();
    return;
  }
  // Missing or damaged content is reported before anything is sent, as far as the first piece shows it.
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    const first = await pieces.next();
    response.writeHead(status, all);
    await pipeline(Readable.from(joined(first, pieces), { objectMode: false }), response);
  } finally {
    // A pipe to a closed connection reads nothing from its source, so it would never end it.
    await pieces.return?.();
  }
}

async function* joined(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  for (let next = first; !next.done; next = await rest.next()) yield next.value;
}
