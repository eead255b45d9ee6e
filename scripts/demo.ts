/**
 * The main use on the sample infospace, with the real command line: archive, change a file, archive again, restore the
 * first state, and prove that the restored state is the first one.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listArchives } from '../src/index.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const workshop = mkdtempSync(join(tmpdir(), 'infospace-demo-'));
const atlas = join(workshop, 'soil-atlas');
const firstState = join(workshop, 'first-state');
const restored = join(workshop, 'restored');

/** Files in no package: two are outside of the include set, two are ignored by `.infospaceignore`. */
const LEFT_OUT = ['README.md', '.infospaceignore', 'output/scratch', 'artifacts/profiles/gleysol.draft.md'];

async function demo(): Promise<void> {
  say(`The sample infospace, copied to ${atlas}`);
  cpSync(join(repository, 'examples/soil-atlas'), atlas, { recursive: true, verbatimSymlinks: true });
  // Git does not keep empty folders; a package does.
  mkdirSync(join(atlas, 'artifacts/figures/pending'));
  cpSync(atlas, firstState, { recursive: true, verbatimSymlinks: true });
  for (const path of LEFT_OUT) rmSync(join(firstState, path), { recursive: true });

  run('archive', 'soil-atlas', '--note', 'first edition');
  run('list', 'soil-atlas');

  say('\nOne file changes: artifacts/articles/erosion.md');
  appendFileSync(join(atlas, 'artifacts/articles/erosion.md'), '\nA grassed hollow does not become a gully.\n');
  run('archive', 'soil-atlas', '--note', 'a word on gullies');
  run('list', 'soil-atlas');

  const [first] = await listArchives(atlas);
  if (first === undefined) throw new Error('The index has no archive.');
  run('restore', first.package_id, '--from', 'soil-atlas', '--target', 'restored');

  say('\nThe restored folder, compared with the state at the first archive:');
  proveIdentical(readTree(firstState), readTree(restored));
}

function run(...args: string[]): void {
  say(`\n$ infospace-archive ${args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ')}`);
  // Settings of another store must not make the demo write to that store.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ARTIFACTSTORE_')));
  const cli = join(repository, 'src/cli/main.ts');
  const { status, signal } = spawnSync(process.execPath, [cli, ...args], { cwd: workshop, env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`The command ended with ${signal ?? `exit code ${status}`}.`);
}

/** Describes files, links and empty folders by path. Equal descriptions mean equal content. */
function readTree(root: string, below = ''): Map<string, string> {
  const tree = new Map<string, string>();
  for (const name of readdirSync(join(root, below))) {
    const path = below === '' ? name : `${below}/${name}`;
    const absolute = join(root, path);
    const stat = lstatSync(absolute);
    if (stat.isSymbolicLink()) tree.set(path, `link to ${readlinkSync(absolute)}`);
    else if (!stat.isDirectory()) {
      const digest = createHash('sha256').update(readFileSync(absolute)).digest('hex');
      tree.set(path, `${stat.mode & 0o100 ? 'executable' : 'file'} of ${stat.size} bytes, sha256:${digest}`);
    } else if (readdirSync(absolute).length === 0) tree.set(path, 'empty folder');
    else for (const [deeper, description] of readTree(root, path)) tree.set(deeper, description);
  }
  return tree;
}

function proveIdentical(expected: Map<string, string>, found: Map<string, string>): void {
  const differences = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((path) => expected.get(path) !== found.get(path))
    .map((path) => `\n  ${path}: expected ${expected.get(path) ?? 'nothing'}, found ${found.get(path) ?? 'nothing'}`);
  if (differences.length > 0) throw new Error(`The restored folder differs:${differences.join('')}`);
  const count = (kind: string) => [...found.values()].filter((description) => description.startsWith(kind)).length;
  const kinds = `${count('file')} files, ${count('executable')} executable files, ${count('link')} link`;
  say(`identical: ${found.size} entries, ${kinds}, ${count('empty folder')} empty folder`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await demo();
} catch (error) {
  process.stderr.write(`The demo failed. ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
