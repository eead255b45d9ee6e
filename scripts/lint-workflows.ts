/** Lints the workflows of the project, of its tests, and in the documentation. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionlint, install, type Tool, zizmor } from './tools.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function filesIn(folder: string): string[] {
  return readdirSync(join(repository, folder)).map((name) => join(repository, folder, name));
}

/** Runs a tool where it is available. */
function lint(tool: Tool, args: readonly string[]): void {
  if (!install(tool)) return;
  const { status } = spawnSync(tool.file, args, { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exitCode = 1;
  process.stdout.write(`${tool.name} ${tool.version}: ${status === 0 ? 'no findings' : 'see above'}\n`);
}

const documented = mkdtempSync(join(tmpdir(), 'workflows-'));
try {
  const folder = join(documented, '.github/workflows');
  mkdirSync(folder, { recursive: true });
  for (const document of DOCUMENTS) {
    const text = readFileSync(join(repository, document), 'utf8');
    for (const { 1: workflow, index } of text.matchAll(/^```yaml\n(.*?)^```/gms)) {
      // Other YAML belongs to infospaces.
      if (!/^(?:on|jobs):/m.test(workflow!)) continue;
      const line = text.slice(0, index).split('\n').length + 1;
      writeFileSync(join(folder, `${document.replace(/\W/g, '-')}-line-${line}.yml`), workflow!);
    }
  }
  const examples = readdirSync(folder).map((name) => join(folder, name));
  lint(actionlint, [...filesIn('.github/workflows'), ...filesIn('__tests__/e2e/action/workflows'), ...examples]);
} finally {
  rmSync(documented, { recursive: true, force: true });
}
const actions = readdirSync(repository).filter((name) => existsSync(join(repository, name, 'action.yml')));
lint(zizmor, ['--offline', '--no-progress', '--quiet', '.github', 'action.yml', ...actions]);
