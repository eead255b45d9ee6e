/**
 * Text that Markdown, HTML, a terminal, the runner of a job, a shell or a workflow expression would act on. The runner looks
 * for `##[` anywhere in a line, and for `::` at its start, after white space.
 */
export function hostile(field: string): string {
  const characters = '\u202e\u2066\u200b\u009b31m\u001b[31m\r%0A\u2028\u{e0041}';
  const markup =
    '<img src=x onerror=alert(1)></script>&lt;b> [a](http://192.0.2.1/) ![b](http://192.0.2.1/b.png) `|\\|``*c*';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
  const commands = '##[stop-commands]x $(touch x) ${{ github.token }} \'" \n::stop-commands::x';
  return `${COMMAND}${field}${characters}${markup}${commands}`;
}

export const COMMAND = '::stop-commands::x ';
export const named = (field: string) => hostile(field).replaceAll('/', '∕');

/** A character that is invisible, or that moves visible ones. */
export const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
export const RUNS = /^\s*::stop-commands::|##\[/m;
export const IN_OUTPUTS = /<|>|&|'|`|\$|%|\||\]\(|::|##/;

/** Fails with what is around the first match. */
export function expectNone(where: string, text: string, ...patterns: RegExp[]): void {
  for (const pattern of patterns) {
    const at = text.search(pattern);
    const found = at < 0 ? '' : text.slice(Math.max(0, at - 40), at + 40);
    expect({ where, pattern, found }).toEqual({ where, pattern, found: '' });
  }
}
