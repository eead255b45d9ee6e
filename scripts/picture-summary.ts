/**
 * Draws docs/images/job-summary.png: the job summary of a real step, which archives the sample infospace after a change,
 * as displayed by GitHub. It needs Chromium; `CHROMIUM` is the program to use instead of `chromium`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marked } from 'marked';
import { repository } from './bundle.ts';

const WIDTH = 900;
const HEIGHT = 710;

const STYLE = `
  body { margin: 0; padding: 20px 24px; font: 14px/1.5 "Liberation Sans", Arial, sans-serif; color: #1f2328; }
  h3 { font-size: 17px; margin: 0 0 12px; }
  table { border-collapse: collapse; margin: 0 0 14px; }
  thead { display: none; }
  td { border: 1px solid #d1d9e0; padding: 5px 12px; }
  tr:nth-child(even) td { background: #f6f8fa; }
  code { font: 12px "DejaVu Sans Mono", monospace; background: #818b981f; border-radius: 5px; padding: 2px 5px; }
  pre { background: #f6f8fa; border-radius: 6px; padding: 12px; margin: 0; }
  pre code { background: none; padding: 0; }
  ul { padding-left: 28px; }
`;

const work = mkdtempSync(join(tmpdir(), 'job-summary-'));
try {
  const atlas = join(work, 'workspace/soil-atlas');
  cpSync(join(repository, 'examples/soil-atlas'), atlas, { recursive: true, verbatimSymlinks: true });
  archive('first edition');
  appendFileSync(join(atlas, 'artifacts/articles/erosion.md'), '\nA grassed hollow does not become a gully.\n');
  writeFileSync(join(atlas, 'reports/2026-10-01-review.md'), '# Review\n\nGullies are explained.\n');
  draw(archive('a word on gullies'));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs the action like a runner does, and returns its summary. */
function archive(note: string): string {
  const summary = join(work, 'summary.md');
  const output = join(work, 'output');
  for (const file of [summary, output]) writeFileSync(file, '');
  const main = JSON.stringify(join(repository, 'src/action/main.ts'));
  execFileSync(process.execPath, ['--eval', `import(${main}).then(({ run }) => run('archive'))`], {
    cwd: join(work, 'workspace'),
    env: {
      PATH: process.env['PATH'],
      GITHUB_WORKSPACE: join(work, 'workspace'),
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: output,
      ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(work, 'store/registry.sqlite3')}`,
      ARTIFACTSTORE_STORAGE_BACKEND: 'local',
      ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(work, 'store/storage'),
      INPUT_ROOT: 'soil-atlas',
      INPUT_NOTE: note,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readFileSync(summary, 'utf8');
}

function draw(markdown: string): void {
  const page = join(work, 'page.html');
  const body = marked.parse(markdown, { async: false });
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>${STYLE}</style>${body}`);
  const folder = join(repository, 'docs/images');
  mkdirSync(folder, { recursive: true });
  const flags = ['--headless', '--no-sandbox', '--hide-scrollbars', `--user-data-dir=${join(work, 'profile')}`];
  const image = [`--window-size=${WIDTH},${HEIGHT}`, `--screenshot=${join(folder, 'job-summary.png')}`];
  const program = process.env['CHROMIUM'] ?? 'chromium';
  execFileSync(program, [...flags, ...image, `file://${page}`], { stdio: ['ignore', 'ignore', 'ignore'] });
}
