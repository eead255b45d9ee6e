import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';
import { COLUMNS, PROMPT, Session } from './terminal-session.ts';

const withTmux = spawnSync('tmux', ['-V']).error === undefined ? test : test.skip;

/** Values that differ each time, by the word that replaces them. */
function normalized(screen: string): string {
  return screen
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/blake3:[0-9a-f]{64}/g, 'DIGEST')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'DIGITS')
    .replaceAll(/\b[0-9a-f]{8}\b/g, 'SHORT')
    .replaceAll(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(UTC|Z|[+-]\d{2}:?\d{2}))?/g, 'TIME')
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, 'DAY')
    .replaceAll(/\b[\d.]+ [kM]?B\b/g, 'SIZE')
    .replaceAll(/ (by|BY) +\S+/g, ' $1 SOMEBODY')
    .replaceAll(/ +/g, ' ');
}

/** Lines that are longer than the terminal is wide, as it shows them. */
function wrapped(text: string): string {
  const rows = (line: string) => line.match(new RegExp(`.{1,${COLUMNS}}`, 'gu')) ?? [''];
  return text.split('\n').flatMap(rows).join('\n');
}

function unwrapped(text: string): string {
  return text.replaceAll(new RegExp(`^(.{${COLUMNS}})\n(?!${'`'}{3}|[$] )`, 'gmu'), '$1');
}

const BLOCK = /(?<=^```text\n)[\s\S]*?(?=^```$)/gm;

function inBlocks(document: string, change: (text: string) => string): string {
  return document.replaceAll(BLOCK, change);
}

/** The document, with the terminal's output of each command in its blocks. */
async function played(document: string, type: (line: string) => Promise<string>): Promise<string> {
  const blocks: string[] = [];
  for (const [block] of document.matchAll(BLOCK)) {
    let text = '';
    for (const line of block.split('\n').filter((row) => row.startsWith(PROMPT)))
      text += await type(line.slice(PROMPT.length));
    blocks.push(text);
  }
  return inBlocks(document, () => blocks.shift()!);
}

withTmux.each(['README.md', 'docs/getting-started.md'])(
  'the session in %s matches a real terminal',
  async (name) => {
    const home = temporaryFolder();
    const session = new Session(home);
    const file = join(repository, name);
    const document = readFileSync(file, 'utf8');
    try {
      const output = await played(document, (line) => session.type(line));
      const shown = output.replaceAll(home, '/home/ada').replaceAll(` by ${userInfo().username}`, ' by ada');
      // To rewrite it after a change, for a person to read.
      if (process.env['UPDATE_TOUR']) writeFileSync(file, inBlocks(shown, wrapped));
      else expect(normalized(shown).split('\n')).toEqual(normalized(inBlocks(document, unwrapped)).split('\n'));
    } finally {
      session.end();
    }
  },
  240_000,
);
