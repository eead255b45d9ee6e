import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked, type Token, type Tokens } from 'marked';
import { repository } from '../infospace/fixtures.ts';

/** A block of code in a document. */
export interface Block {
  language: string;
  text: string;
  /** The reason not to run it, from a comment before it. */
  notRun: string | undefined;
  /** What it needs, from a comment before it: the servers of the service tests, an Nx workspace. */
  needs: 'servers' | 'nx' | undefined;
  /** The file whose content it is, from a comment before it. */
  file: string | undefined;
}

/** All Markdown files of the project, as in a clone. */
export function markdownFiles(): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z', '*.md'];
  return execFileSync('git', list, { cwd: repository, encoding: 'utf8' }).split('\0').filter(Boolean).toSorted();
}

/** The documents that users read and paste from. */
export function documents(): string[] {
  return markdownFiles().filter((file) => /^(README\.md|docs\/[\w-]+\.md)$/.test(file));
}

export function tokensOf(file: string): Token[] {
  return marked.lexer(readFileSync(join(repository, file), 'utf8'));
}

const NOT_RUN = /^<!-- not run: (.+) -->\s*$/;
const NEEDS = { servers: /^<!-- run with servers -->\s*$/, nx: /^<!-- run in an Nx workspace -->\s*$/ };
const FILE = /^<!-- file: (\S+) -->\s*$/;

/** The code blocks of a document in order, including those in lists. */
export function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  let comment = '';
  const visit = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      if (token.type === 'space') continue;
      if (token.type === 'list') for (const item of (token as Tokens.List).items) visit(item.tokens);
      if (token.type === 'code') {
        const { lang = '', text } = token as Tokens.Code;
        const [, notRun] = NOT_RUN.exec(comment) ?? [];
        const [, named] = FILE.exec(comment) ?? [];
        const needs = (['servers', 'nx'] as const).find((place) => NEEDS[place].test(comment));
        blocks.push({ language: lang, text, notRun, needs, file: named });
      }
      comment = token.type === 'html' ? token.raw : '';
    }
  };
  visit(tokensOf(file));
  return blocks;
}
