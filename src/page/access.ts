import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Access control: only a browser on this machine that opened the printed address. */
export interface Access {
  /** Host and port, the only ones that a request may name. */
  host: string;
  token: string;
}

/** Why a request is refused. */
export interface Refusal {
  status: 403 | 405 | 421;
  sentence: string;
}

const TOKEN_BYTES = 24;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Other programs on this machine, and pages of other sites in the same browser, may send requests too. */
export function refusalOf({ method = '', headers }: IncomingMessage, { host }: Access): Refusal | undefined {
  // With DNS rebinding, the header contains a foreign name that resolves to this machine.
  if (headers.host !== host)
    return { status: 421, sentence: `This page answers only at ${host}; open the printed address.` };
  if (headers.origin !== undefined && headers.origin !== `http://${host}`)
    return { status: 403, sentence: 'A page of another origin sent this request, which is refused.' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, sentence: 'This page is read-only; only GET and HEAD are allowed.' };
  return undefined;
}

/** Whether the browser has opened the printed address before. */
export function isKnown({ headers }: IncomingMessage, access: Access): boolean {
  const name = `${cookieName(access)}=`;
  const found = headers.cookie?.split(/; */).find((cookie) => cookie.startsWith(name));
  return found !== undefined && isToken(found.slice(name.length), access);
}

/** Compares in constant time. */
export function isToken(text: string, { token }: Access): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(text), digest(token));
}

/** Scripts cannot read it, and pages of other sites cannot send it. */
export function cookieOf(access: Access): string {
  return `${cookieName(access)}=${access.token}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Browsers share cookies between all ports of a host. */
function cookieName({ host }: Access): string {
  return `infospace-${host.slice(host.lastIndexOf(':') + 1)}`;
}
