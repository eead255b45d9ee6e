import { isSealed } from './encryption/store-keys.ts';

/** What lists show of an encrypted store to those who cannot open it. */
export const SEALED = '(sealed)';

/** A subject of the log as errors call it. */
export function shownSubject(subject: string): string {
  return isSealed(subject) ? SEALED : subject;
}
