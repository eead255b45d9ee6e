import { createHash } from 'node:crypto';

/** What a page may do: Content Security Policy Level 3. Nothing but its own script and style, by their digests. */
export function pagePolicy(own: { script?: string; style: string }, more: readonly string[] = []): string {
  return [
    "default-src 'none'",
    ...(own.script === undefined ? [] : [`script-src ${digestOf(own.script)}`]),
    `style-src ${digestOf(own.style)}`,
    ...more,
    "base-uri 'none'",
  ].join('; ');
}

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
