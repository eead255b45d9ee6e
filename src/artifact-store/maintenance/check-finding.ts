/**
 * One thing that was looked at.
 *
 * @experimental
 */
export interface StoreFinding {
  what: string;
  status: 'ok' | 'warning' | 'failed';
  /** What was found, or what is wrong and the remedy. */
  detail: string;
}
