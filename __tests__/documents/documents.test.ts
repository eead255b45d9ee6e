import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { marked, type Tokens } from 'marked';
import { parse as parseYaml } from 'yaml';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';
import { blocksOf, documents, markdownFiles, tokensOf } from './markdown.ts';

/** Seen to fail with a wrong link, a wrong anchor, a block without a language, and a class that no loader accepts. */

/** How the blocks of each language are tested: here, by running them, or by generating them. */
const LANGUAGES: Record<string, RegExp> = {
  sh: /./,
  ts: /./,
  yaml: /./,
  json: /./,
  toml: /./,
  dotenv: /^docs\/nx-plugin\.md$/,
  sql: /^docs\/stores\.md$/,
  mermaid: /^docs\/architecture\.md$/,
  // Output of a command, and bytes.
  text: /./,
  // Generated from the code.
  console: /^docs\/cli\.md$/,
  typescript: /^docs\/api\.md$/,
};

/** Anchors of the headings of a document, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  marked.walkTokens(tokensOf(file), (token) => {
    if (token.type === 'heading')
      anchors.add(
        slugger.slug(marked.parseInline((token as Tokens.Heading).text, { async: false }).replaceAll(/<[^>]*>/g, '')),
      );
  });
  return anchors;
}

function linksOf(file: string): string[] {
  const links: string[] = [];
  marked.walkTokens(tokensOf(file), (token) => {
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href);
  });
  return links;
}

/** Whether the target of a document's link exists, including the heading. */
function leadsSomewhere(file: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return true;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : join(dirname(file), decodeURIComponent(path));
  if (!existsSync(join(repository, target))) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(target).has(anchor);
}

test('relative links lead to existing targets', () => {
  const links = markdownFiles().flatMap((file) => linksOf(file).map((link) => ({ file, link })));
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(({ file, link }) => !leadsSomewhere(file, link))).toEqual([]);
});

describe.each(documents())('%s', (file) => {
  const blocks = blocksOf(file);

  test('has only blocks in languages that are tested', () => {
    const others = blocks.filter(({ language }) => !LANGUAGES[language]?.test(file));
    expect(others).toEqual([]);
  });

  test('has only settings that are read', () => {
    for (const { language, text } of blocks) {
      if (language === 'json') expect(() => JSON.parse(text)).not.toThrow();
      if (language === 'yaml') expect(() => parseYaml(text)).not.toThrow();
      if (language === 'toml') {
        const settings = join(temporaryFolder(), 'retention.toml');
        writeFileSync(settings, text);
        const classes = loadRetentionClasses(settings);
        expect(classes.length).toBeGreaterThan(0);
        for (const [, name] of text.matchAll(/^\[classes\.(.+)\]$/gm)) {
          expect(classes.map((known) => known.name)).toContain(name);
        }
      }
    }
  });
});

test('few blocks are not run, each for a reason', () => {
  const left = documents().flatMap((file) =>
    blocksOf(file).flatMap(({ notRun }) => (notRun === undefined ? [] : [`${file}: ${notRun}`])),
  );
  process.stdout.write(`${left.length} blocks are not run:\n  ${left.join('\n  ')}\n`);
  expect(left.length).toBeLessThanOrEqual(12);
});
