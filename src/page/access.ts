import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may look: whoever has the address that was printed, in a browser on this machine. */
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
  // A name of another site that leads to this machine (DNS rebinding) is in the header too.
  if (headers.host !== host)
    return { status: 421, sentence: `This page answers at ${host} alone; open the address that was printed.` };
  if (headers.origin !== undefined && headers.origin !== `http://${host}`)
    return { status: 403, sentence: 'A page of another origin sent this request, which is refused.' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, sentence: 'This page is to be looked at; it takes GET and HEAD alone.' };
  return undefined;
}

/** Whether the browser was here before with the address that was printed. */
export function isKnown({ headers }: IncomingMessage, access: Access): boolean {
  const name = `${cookieName(access)}=`;
  const found = headers.cookie?.split(/; */).find((cookie) => cookie.startsWith(name));
  return found !== undefined && isToken(found.slice(name.length), access);
}

/** Takes the same time whatever is wrong. */
export function isToken(text: string, { token }: Access): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(text), digest(token));
}

/** No script reads it, and no page of another site sends it along. */
export function cookieOf(access: Access): string {
  return `${cookieName(access)}=${access.token}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Browsers send the cookies of one port to all others of the same host. */
function cookieName({ host }: Access): string {
  return `infospace-${host.slice(host.lastIndexOf(':') + 1)}`;
}
