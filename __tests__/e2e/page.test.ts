import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { archiveDaysAgo } from '../cli/fixtures.ts';
import { cliFile, repository, sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { serve } from '../page/fixtures.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { environment } from './fixtures.ts';

/**
 * Every view of `serve` in a real browser, with a malicious infospace. All its links, pictures and scripts lead to a listener,
 * which receives nothing.
 */

const executablePath = findBrowser();
const inBrowser = executablePath === undefined ? describe.skip : describe;
const screenshots = join(repository, 'build/screenshots');
const axe = readFileSync(join(repository, 'node_modules/axe-core/axe.min.js'), 'utf8');
/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** Properties that the colours of a look determine. */
const COLOURS = `{ runOnly: ['color-contrast'] }`;
/** Properties that they and the width determine: narrow pages show tables as blocks. */
const PLACES = `{ runOnly: ['color-contrast', 'scrollable-region-focusable', 'aria-required-children', 'aria-required-parent', 'target-size'] }`;
const LINE_BYTES = 100_000_000;

inBrowser('the page in a browser', () => {
  let listener: Server;
  const heard: string[] = [];
  let root: string;
  let name: string;
  let ids: string[];
  let serving: { child: ChildProcess; url: string };
  let browser: Browser;

  beforeAll(async () => {
    listener = createServer((request, response) => {
      heard.push(request.url!);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const bad = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    name = `</script><img src=x onerror=fetch('${bad}')>\u202egnp.exe`.replaceAll('/', '∕');
    root = sampleInfospace(hostileTree(bad, name));
    const first = await archiveInfospace(root, { note: 'first edition' });
    appendFileSync(join(root, 'artifacts/overview.md'), '\nMore.\n');
    rmSync(join(root, 'output/hostile/long.txt'));
    writeTree(root, { 'artifacts/new.md': '# New\n' });
    const second = await archiveInfospace(root, { note: name, retentionClass: 'raw-evidence' });
    ids = [first, second].map(({ record }) => record.package_id);
    const registry = await openRegistry(root, {}, 'change');
    await registry.applyHold(ids[1]!, `held ${name}`);
    await registry.addLabel(ids[0]!, 'v1.0');
    await registry.close();
    serving = await serve(root);
    browser = await launchBrowser(executablePath!);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    serving?.child.kill('SIGKILL');
    listener?.close();
  });

  /** Opens a page by the printed address; at the end there was no request to another host, and no message. */
  async function onPage(look: (page: Page, origin: string) => Promise<void>): Promise<void> {
    const { origin } = new URL(serving.url);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    const [elsewhere, said]: [string[], string[]] = [[], []];
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) elsewhere.push(request.url());
    });
    try {
      const page = await context.newPage();
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(String(error)));
      page.on('dialog', (dialog) => said.push(dialog.message()));
      await page.goto(serving.url);
      await page.waitForURL(`${origin}/`);
      await look(page, origin);
      expect({ elsewhere, said, heard }).toEqual({ elsewhere: [], said: [], heard: [] });
    } finally {
      await context.close();
    }
  }

  const file = (path: string, view = 'file') => `/packages/${ids[0]}/${view}?${new URLSearchParams({ path })}`;
  const hostile = (path: string) => file(`output/hostile/${path}`);
  const raw = (path: string) => file(`output/hostile/${path}`, 'raw');
  const views: Record<string, () => string> = {
    packages: () => '/',
    package: () => `/packages/${ids[1]}`,
    folder: () => `/packages/${ids[0]}/files?folder=output%2Fhostile`,
    markdown: () => hostile('read.md'),
    text: () => hostile('page.html'),
    svg: () => hostile('picture.svg'),
    binary: () => hostile('binary.md'),
    table: () => hostile('formulas.csv'),
    records: () => hostile('lines.jsonl'),
    picture: () => hostile('pixel.png'),
    pdf: () => hostile('paper.pdf'),
    line: () => hostile('long.txt'),
    named: () => hostile(name),
    versions: () => file('artifacts/overview.md', 'versions'),
    compare: () => `/compare?before=${ids[0]}&after=${ids[1]}`,
    lines: () => `/compare/file?before=${ids[0]}&after=${ids[1]}&path=artifacts%2Foverview.md`,
    long: () => `/compare/file?before=${ids[0]}&after=${ids[1]}&path=output%2Fhostile%2Flong.txt`,
    log: () => '/log',
  };

  test('every view, wide and narrow, light and dark: nothing is truncated, and axe finds nothing', async () => {
    mkdirSync(screenshots, { recursive: true });
    const found: string[] = [];
    await onPage(async (page, origin) => {
      for (const [view, path] of Object.entries(views)) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(origin + path());
        await page.evaluate(axe);
        const check = async (look: string, rules?: string) => {
          const { violations } = await page.evaluate<AxeResults>(`axe.run(${rules ?? ''})`);
          found.push(
            ...violations.map(({ id, nodes }) => `${view} ${look} ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
          );
          const [content, window] = await page.evaluate<[number, number]>(
            '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
          );
          if (content > window) found.push(`${view} ${look} is ${content} wide, of ${window}`);
        };
        await check('wide');
        await page.screenshot({ path: join(screenshots, `page-${view}.png`) });
        await page.emulateMedia({ colorScheme: 'dark' });
        await check('wide, dark', COLOURS);
        await page.setViewportSize({ width: 390, height: 844 });
        await check('narrow, dark', PLACES);
        await page.screenshot({ path: join(screenshots, `page-${view}-phone.png`) });
        await page.emulateMedia({ colorScheme: 'light' });
        await check('narrow', COLOURS);
      }
    });
    expect(found).toEqual([]);
  }, 300_000);

  test('malicious content is shown, and does no harm', async () => {
    await onPage(async (page, origin) => {
      await page.goto(origin + hostile('read.md'));
      const frame = page.frameLocator('iframe');
      expect(await frame.locator('h1').first().textContent()).toBe('Read me');
      expect(await frame.locator('a, img, script, iframe, form').count()).toBe(0);
      await page.goto(origin + hostile('picture.svg'));
      expect(await page.locator('.lines').textContent()).toContain('onload=');
      await page.goto(origin + hostile('formulas.csv'));
      expect(await page.locator('tbody td').first().textContent()).toContain('=HYPERLINK');
      await page.goto(origin + hostile('long.txt'));
      expect((await page.locator('.lines li').first().textContent())!.length).toBe(128 * 1024);
      await page.getByRole('link', { name: 'Next part' }).click();
      expect(await page.locator('.lines').getAttribute('start')).toBe('1');
      await page.goto(origin + hostile('pixel.png'));
      expect(await page.evaluate(`document.querySelector('main img').naturalWidth`)).toBe(1);
      // Opened by their addresses, they are saved and not displayed.
      for (const path of ['page.html', 'picture.svg', 'read.md']) {
        const saved = page.waitForEvent('download');
        await page.goto(origin + raw(path)).catch(() => undefined);
        expect((await saved).suggestedFilename()).toBe(path);
      }
    });
  }, 60_000);

  test('with the keyboard alone, from the printed address to a file, its versions and what changed', async () => {
    await onPage(async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.className')).toBe('skip');
      await follow(page, 'first edition');
      await follow(page, 'artifacts/');
      await follow(page, 'overview.md');
      expect(await page.locator('h1').textContent()).toBe('overview.md');
      await follow(page, 'Versions');
      await follow(page, 'what changed');
      expect(await page.locator('ins').allTextContents()).toContain('More.');
      await tabTo(page, `document.activeElement.getAttribute('role') === 'region'`);
    });
  }, 60_000);

  test('with the keyboard alone, packages are searched and compared, and an event leads to its package', async () => {
    await onPage(async (page) => {
      const type = async (field: string, text: string) => {
        await tabTo(page, `document.activeElement.name === '${field}'`);
        await page.keyboard.type(text);
      };
      const enter = () => Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      await type('text', 'first edition');
      await enter();
      expect(await page.locator('main p[role=status]').textContent()).toBe('1 of 2 packages');
      await follow(page, 'Compare');
      await type('before', 'v1.0');
      await type('after', 'latest');
      await enter();
      expect(await page.locator('main p[role=status]').textContent()).toMatch(/^1 added, 1 removed, 1 changed; /);
      await follow(page, 'changed');
      expect(await page.locator('ins').allTextContents()).toContain('More.');
      await follow(page, 'Log');
      await follow(page, ids[1]!);
      expect(await page.locator('h1').textContent()).toContain('onerror');
    });
  }, 60_000);

  test('a button copies the command', async () => {
    await onPage(async (page, origin) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.goto(`${origin}/packages/v1.0`);
      await page.getByRole('button', { name: 'Copy On a command line' }).press('Enter');
      await page.getByText('Copied.').waitFor({ state: 'attached' });
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
        `infospace-archive restore ${ids[0]} --from ${root} --target restored`,
      );
    });
  }, 60_000);

  test('Ctrl-C ends it, even while a large file is being sent', async () => {
    const { child, url } = await serve(root);
    const { headers } = await fetch(url);
    const cookie = headers.get('set-cookie')!.split(';')[0]!;
    const { body } = await fetch(`${new URL(url).origin}${raw('long.txt')}`, {
      headers: { cookie },
    });
    const reader = body!.getReader();
    await reader.read();
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    await reader.cancel().catch(() => undefined);
  }, 60_000);

  const isWanted = process.env['TEST_WRITE_SCREENSHOTS'] === '1';
  (isWanted ? test : test.skip)(
    'the pictures in the documentation',
    async () => {
      const sample = join(temporaryFolder(), 'soil-atlas');
      cpSync(join(repository, 'examples/soil-atlas'), sample, { recursive: true, verbatimSymlinks: true });
      for (const [days, note] of [
        [380, 'first edition'],
        [200, 'maps of the north'],
        [90, 'review by the editors'],
        [2, 'second edition'],
      ] as const) {
        appendFileSync(join(sample, 'artifacts/articles/erosion.md'), `\nObserved again, for the ${note}.\n`);
        await archiveDaysAgo(days, sample, {
          note,
          retentionClass: days === 200 ? 'raw-evidence' : 'release-evidence',
        });
      }
      const registry = await openRegistry(sample, {}, 'change');
      await registry.addLabel((await registry.latestPackage('soil-atlas'))!.id, 'v2');
      await registry.applyHold((await registry.latestPackage('soil-atlas', 1))!.id, 'yearly audit');
      await registry.close();
      const { child, url } = await serve(sample);
      const context = await browser.newContext({ viewport: { width: 1120, height: 720 }, colorScheme: 'light' });
      const page = await context.newPage();
      await page.goto(url);
      for (const [picture, path] of [
        ['packages', '/'],
        ['file', '/packages/v2/file?path=artifacts%2Farticles%2Ferosion.md'],
      ]) {
        await page.goto(new URL(path!, url).href);
        await page.screenshot({ path: join(repository, `docs/images/page-${picture}.png`) });
      }
      await context.close();
      child.kill('SIGKILL');
    },
    120_000,
  );
});

/** A signal also takes effect before the store has answered. */
test.each([[['serve']], [['audit', 'tail', '--follow']]])(
  'Ctrl-C ends %j while its store does not answer',
  async (args) => {
    const silent = createTcpServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const env = {
      ...environment,
      ARTIFACTSTORE_STORAGE_BACKEND: 's3',
      ARTIFACTSTORE_S3_ENDPOINT_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      ARTIFACTSTORE_S3_REGION: 'us-east-1',
      ARTIFACTSTORE_S3_BUCKET: 'silent',
      ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'key',
      ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: 'secret',
      XDG_CACHE_HOME: temporaryFolder(),
    };
    const child = spawn(process.execPath, [cliFile, ...args], { env, cwd: sampleInfospace(), stdio: 'ignore' });
    const ended = once(child, 'exit');
    const [connection] = (await once(silent, 'connection')) as [Socket];
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    connection.destroy();
    silent.close();
  },
  60_000,
);

/** Content that would run, load or look like something else, if it could. */
function hostileTree(bad: string, name: string): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = {
    'read.md': `# Read me\n\n<script>fetch('${bad}/md')</script><img src="${bad}/img"><iframe src="${bad}/frame"></iframe>\n\n![picture](${bad}/markdown.png) [link](${bad}/link) <${bad}/auto>\n\n[x](javascript:alert(1))\n\n- one\n  - two\n\n| a | b |\n|---|---|\n| 1 | \u202etxt |\n`,
    'page.html': `<!doctype html><script>fetch('${bad}/html')</script><meta http-equiv="refresh" content="0; url=${bad}/refresh"><img src="${bad}/htmlimg" onerror="alert(1)">\n`,
    'picture.svg': `<svg xmlns="http://www.w3.org/2000/svg" onload="fetch('${bad}/svg')"><image href="${bad}/svgimg"/><script>alert(1)</script></svg>\n`,
    'formulas.csv': `name,value\n"=HYPERLINK(""${bad}/csv"")",@SUM(1)\n<script>alert(1)</script>,+1\n`,
    'lines.jsonl': `{"a":"<img src=${bad}/jsonl>","b":[1]}\nnot json\n`,
    'binary.md': Buffer.from([0x89, 0, 1, 2, 0xff]),
    'pixel.png': PNG,
    'paper.pdf': '%PDF-1.4\n%%EOF\n',
    'long.txt': Buffer.alloc(LINE_BYTES, '<b>'),
    [name]: name,
  };
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`output/hostile/${path}`, content]));
}

/** Presses the Tab key until a link with this text has the focus, and follows it. */
async function follow(page: Page, text: string): Promise<void> {
  await tabTo(
    page,
    `document.activeElement.tagName === 'A' && document.activeElement.textContent.includes(${JSON.stringify(text)})`,
  );
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function tabTo(page: Page, isThere: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await page.evaluate(isThere)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not lead to where this holds: ${isThere}`);
}
