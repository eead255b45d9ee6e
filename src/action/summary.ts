import * as core from '@actions/core';
import { largest, printable } from '../terminal/format.ts';
import { redact } from './masking.ts';
import { sentenceOf, warn } from './report.ts';

/** Markdown for the job summary. Untrusted text must go through {@link code}, which it cannot break out of. */

export function code(text: string): string {
  const shown = printable(text);
  const longest = largest([...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${space}${shown}${space}${fence}`;
}

export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

export function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([label, value]) => `| ${label} | ${cell(value)} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}

/** Markdown in a table, where renderers disagree about a backslash before `\|`. */
export function cell(markdown: string): string {
  return markdown.replaceAll(/\\(?=\\*\|)/g, '\\x5c').replaceAll('|', '\\|');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** The first items as lines, and the number of the others. */
export function firstOf<T>(items: readonly T[], max: number, lineOf: (item: T) => string): string[] {
  const more = items.length > max ? [`and ${items.length - max} more`] : [];
  return [...items.slice(0, max).map(lineOf), ...more];
}

/** A failure to write the summary is only a warning, since the work is done. */
export async function writeSummary(blocks: readonly string[]): Promise<void> {
  // act and old runners may not set this variable.
  if (!process.env['GITHUB_STEP_SUMMARY']) return;
  try {
    const text = blocks.filter((block) => block !== '').join('\n\n');
    await core.summary.addRaw(redact(text), true).addEOL().write();
  } catch (error) {
    warn(`The job summary could not be written: ${sentenceOf(error)}`);
  }
}

/** A YAML value for a workflow, which evaluates `${{ }}` everywhere. */
export function yamlValue(text: string): string {
  if (/^[\w./-]+$/.test(text) && !/^[\d.]+$/.test(text)) return text;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a workflow expression
  return JSON.stringify(printable(text)).replaceAll('${{', "${{ '${{' }}");
}
