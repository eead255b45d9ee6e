import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ArchiveError, type ErrorCode } from '../artifact-store/errors.ts';
import { printable } from '../terminal/format.ts';
import { type Access, cookieOf, isKnown, isToken, newToken, refusalOf } from './access.ts';
import { type PageAnswer, page } from './answer.ts';
import { html } from './html.ts';
import { RecentManifests } from './recent-manifests.ts';
import { viewAt } from './routes.ts';
import { send, sendHtml } from './send.ts';
import { entrance } from './shell.ts';
import type { PageSource } from './source.ts';

/** A page that is being served. */
export interface ServedPage {
  /** Its address with the token. */
  url: string;
  /** Ends it at once, even while answers are being sent. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  USAGE: 400,
  KEY_MISSING: 403,
  NOT_FOUND: 404,
  STORE_UNAVAILABLE: 503,
};
const TITLES: Readonly<Record<number, string>> = { 400: 'Refused', 403: 'Refused', 404: 'Not found' };

/**
 * Serves a page of a store to a browser on this machine, at a random port.
 * @param tellFault receives unexpected errors.
 */
export async function servePage(source: PageSource, onFault: (error: unknown) => void): Promise<ServedPage> {
  const access: Access = { host: '', token: newToken() };
  const closing = new AbortController();
  const manifests = new RecentManifests(source.registry);
  const server = createServer((request, response) => {
    answer(request, response, { source, manifests, access, closing: closing.signal, onFault }).catch(
      (error: unknown) => {
        response.destroy();
        if (!closing.signal.aborted && !isGone(error)) onFault(error);
      },
    );
  });
  await once(server.listen(0, LOOPBACK), 'listening');
  access.host = `${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${access.host}/?token=${access.token}`,
    close: async () => {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Parts {
  source: PageSource;
  manifests: RecentManifests;
  access: Access;
  closing: AbortSignal;
  onFault: (error: unknown) => void;
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { source, access, manifests } = parts;
  const isHead = request.method === 'HEAD';
  const address = URL.parse(request.url ?? '', `http://${access.host}`);
  const path = address?.pathname ?? '';
  const to = { response, isHead, site: source.title, path };
  const refusal = refusalOf(request, access);
  if (refusal) {
    if (refusal.status === 405) response.setHeader('Allow', 'GET, HEAD');
    refuse(refusal.status, refusal.sentence, to);
    return;
  }
  const token = path === '/' ? address?.searchParams.get('token') : null;
  if (typeof token === 'string' && isToken(token, access)) {
    sendHtml(entrance(), { 'Set-Cookie': cookieOf(access), 'Content-Security-Policy': "default-src 'none'" }, 200, to);
    return;
  }
  if (!isKnown(request, access)) {
    const why =
      typeof token === 'string' ? 'The token in this address is wrong' : 'The token in this address is missing';
    refuse(403, `${why}; open the address that "infospace-archive serve" printed.`, to);
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, parts.closing]);
  try {
    const { view, reference } = viewAt(path);
    const asked = {
      ...source,
      manifests,
      reference,
      query: address!.searchParams,
      signal,
      range: request.headers.range,
    };
    await send(await view(asked), to);
  } catch (error) {
    if (response.headersSent || signal.aborted) throw error;
    await send(faultPage(error, parts), to);
  }
}

/** For somebody who may not see even the title of the page. */
function refuse(status: number, sentence: string, to: { response: ServerResponse; isHead: boolean }): void {
  sendHtml(
    `<!doctype html><title>Refused</title><p>${html`${sentence}`.text}</p>\n`,
    { 'Content-Security-Policy': "default-src 'none'" },
    status,
    to,
  );
}

function faultPage(error: unknown, { onFault }: Parts): PageAnswer {
  if (!(error instanceof ArchiveError)) {
    onFault(error);
    const body = html`<h1>Failed</h1><p>This is a bug; the terminal of the command shows the details.</p>`;
    return { ...page('Failed', body), status: 500 };
  }
  const status = STATUS[error.code] ?? 500;
  const title = TITLES[status] ?? 'Failed';
  return { ...page(title, html`<h1>${title}</h1><p role="alert">${printable(error.message)}</p>`), status };
}

/** Node.js codes for a connection that the browser closed: before the answer, during it, or while a piece was written. */
const GONE: ReadonlySet<string | undefined> = new Set([
  'ERR_STREAM_UNABLE_TO_PIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ECONNRESET',
  'EPIPE',
]);

function isGone(error: unknown): boolean {
  const { code, name } = error as NodeJS.ErrnoException;
  return GONE.has(code) || name === 'AbortError';
}
