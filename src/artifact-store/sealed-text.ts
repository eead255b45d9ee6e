import { isSealed } from './encryption/store-keys.ts';

/** Shown for sealed text to those who cannot open it. */
export const SEALED = '(sealed)';

/** A subject from the log in error messages. */
export function shownSubject(subject: string): string {
  return isSealed(subject) ? SEALED : subject;
}
