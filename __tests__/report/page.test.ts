import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { archiveInfospace, type InfospaceReport, renderReport, reportInfospace } from '../../src/index.ts';
import { FileHistory } from '../../src/infospace/file-history.ts';
import { embeddedLists, renderComparison } from '../../src/report/comparison.ts';
import { chooseFileLists } from '../../src/report/file-lists.ts';
import { indexFile, sampleInfospace } from '../infospace/fixtures.ts';
import { parse } from '../page/elements.ts';

/** Text that ends an element or an attribute, runs a script, or makes a name look like another one. */
const HOSTILE = `</script></style><script>alert(1)</script><img src=x onerror=alert(1)>"' onload='alert(1) &amp;\u202etxt.exe\u2066 🌱 a\nb\x1b[31m`;

/** Text of the report's author, which is shown unchanged. */
const ROOT = `it's <b>"mine"</b>; touch x\n&amp;`;

let report: InfospaceReport;
let page: string;

beforeAll(async () => {
  const name = HOSTILE.replaceAll('/', '∕');
  const root = sampleInfospace({
    [`output/${name}`]: 'x',
    [`output/link${name}`]: { link: name },
    'output/a</script><img src=x onerror=alert(1)>': 'x',
  });
  await archiveInfospace(root, { note: HOSTILE, producer: HOSTILE });
  writeFileSync(`${root}/output/new`, 'x');
  await archiveInfospace(root, { subject: HOSTILE });
  report = await reportInfospace(root);
  page = renderReport(report, { root: ROOT });
});

test('text of strangers stays text: it begins no element, no attribute and no line of another direction', () => {
  const { elements } = parse(page);
  expect(elements.filter((element) => /^(img|iframe|object|embed)$/.test(element.name))).toEqual([]);
  expect(elements.filter(({ name }) => name === 'script')).toHaveLength(2);
  for (const { attributes } of elements) {
    expect(attributes.filter((attribute) => /^(on|style$)/.test(attribute))).toEqual([]);
  }
  expect(page).toContain('\\u202etxt.exe\\u2066 🌱 a\\nb\\x1b[31m');
  expect(page.match(/[\u202a-\u202e\u2066-\u2069]/g)).toBeNull();
});

test('the embedded file lists are JSON that no name can terminate', () => {
  const [, json] = /<script type="application\/json" id="file-lists">(.*?)<\/script>/s.exec(page)!;
  const lists = JSON.parse(json!) as { paths: string[]; contents: unknown[]; differences: number[][] };
  expect(lists.paths.filter((path) => path.includes('onerror=alert(1)>'))).toHaveLength(3);
  expect(lists.differences.map(({ length }) => length / 3)).toEqual([12, 1]);
});

test('the policy allows the script and the style of the page, and nothing else', () => {
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!;
  const digest = (text: string) => `&#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`;
  const [, style] = /<style>(.*?)<\/style>/s.exec(page)!;
  const [, script] = /<script>(.*?)<\/script>/s.exec(page)!;
  expect(policy!.split('; ')).toEqual([
    'default-src &#39;none&#39;',
    `script-src ${digest(script!)}`,
    `style-src ${digest(style!)}`,
    'img-src data:',
    'form-action &#39;none&#39;',
    'base-uri &#39;none&#39;',
  ]);
});

test('nothing is loaded: there are only addresses within the page', () => {
  for (const { attributes, text } of parse(page).elements) {
    for (const attribute of attributes.filter((name) => /^(src|href|action|poster|srcset|data)$/.test(name))) {
      expect(text).toMatch(new RegExp(`${attribute}="(#|data:image/svg)`));
    }
  }
  expect(page.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:|@import|url\(/g)).toBeNull();
});

test('the restore command is quoted for a shell', () => {
  const [, attribute] = /data-copy="([^"]*)"/.exec(page)!;
  expect(unescaped(attribute!)).toBe(
    `infospace-archive restore ${report.packages[1]!.package_id} --from 'it'\\''s <b>"mine"</b>; touch x\n&amp;' --target restored`,
  );
});

test('an empty archive, and records of other tools, also have a page', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  writeFileSync(
    indexFile(root),
    '- {package_id: bench-7, manifest_digest: "sha256:00\\u202e", retention_class: x, created_at: "yester\\u202eday", producer: b, subject: guide}\n',
  );
  const report = await reportInfospace(root);
  expect(report.packages.map(({ package_id }) => package_id)[0]).toBe('bench-7');
  const page = renderReport(report, { root });
  expect(page).toContain('not in this store');
  expect(page).toContain('<bdi>yester\\u202eday</bdi>');
  expect(page.match(/\u202e/g)).toBeNull();
  const pages = [page, renderReport({ ...report, packages: [], holds: [] }, { root })];
  for (const text of pages)
    expect(text.replaceAll(/<script>.*<\/script>/gs, '')).not.toMatch(/NaN|undefined|Infinity|Invalid/);
});

test('the page says for how many packages the file lists are missing', () => {
  const lists = chooseFileLists(report.files, 0);
  expect(lists).toMatchObject({ paths: [], differences: [], leftOut: 2 });
  expect(renderComparison([], lists).text).toContain('2 oldest packages were left out');
  expect(page).not.toContain('left out');
});

test('the file lists stay below their size limit, whatever the file names', () => {
  const files = new FileHistory();
  for (let state = 0; state < 20; state++) {
    const paths = Array.from({ length: 50 }, (_, i) => `${'\u202e'.repeat(9)}<データ>/${state}/${i}`);
    files.add(paths.map((path) => ({ path, kind: 'directory' })));
  }
  const limit = 30_000;
  const lists = chooseFileLists(files, limit);
  expect(lists.differences.length).toBeGreaterThan(1);
  expect(Buffer.byteLength(embeddedLists([], lists).text)).toBeLessThan(limit + 500);
});

function unescaped(text: string): string {
  const names: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&', '#13': '\r' };
  return text.replace(/&([^;]+);/g, (_, name: string) => names[name]!);
}
