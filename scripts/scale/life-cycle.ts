import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Place } from './bench.ts';
import type { Changes, Corpus } from './corpora.ts';
import { requireSameTree } from './same-tree.ts';

const DAY_MS = 86_400_000;
/** The creation time of the first package, whose class, `transient`, has expired since. */
const FIRST_MADE = -30 * DAY_MS;

/** Options for the commands of an environment. */
export interface LifeCyclePlace extends Place {
  /** A program that archives instead of the command line. */
  archive?: string | undefined;
  /** The folder of everything; by default that of the bench. */
  folder?: string | undefined;
}

/**
 * Archives a folder, changes it, archives it again, verifies, restores the second state over the first, compares the two,
 * shows and checks, and collects the first.
 *
 * @returns the folder.
 * @throws Error when a command fails, or when its output or restored files are wrong.
 */
export async function lifeCycle(
  bench: Bench,
  count: number,
  corpus: Corpus,
  { archive, folder = bench.folder, ...place }: LifeCyclePlace = {},
): Promise<string> {
  const [root, target] = [join(folder, 'space'), join(folder, 'target')];
  const output = join(root, 'output');
  mkdirSync(output, { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), 'slug: scale\n');
  corpus.make(output, count);

  const step = (name: string, args: readonly string[]) => bench.step(name, args, place);
  const first = ['archive', root, '--quiet', '--retention-class', 'transient'];
  await bench.step('archive', first, { ...place, clockMs: FIRST_MADE, program: archive });
  const changes = corpus.change(output, count);
  await bench.step('archive again', ['archive', root, '--quiet'], { ...place, program: archive });
  await step('verify --all', ['verify', '--all', '--quiet', '--from', root]);

  const restore = ['--from', root, '--target', target, '--quiet'];
  await step('restore', ['restore', 'latest~1', ...restore]);
  await step('restore --force', ['restore', 'latest', '--force', ...restore]);
  requireSameTree(root, target, changes.removed);

  const differing = { ...place, exitCode: 1 };
  const compared = ['diff', 'latest~1', 'latest', '--json', '--from', root];
  requireChanges(await bench.step('diff --json', compared, differing), changes);
  await bench.step('diff --stat', ['diff', 'latest~1', root, '--stat', '--from', root], differing);
  await step('show --json', ['show', 'latest', '--json', '--from', root]);
  // It replays the log into a database in memory, outside of the environment.
  await bench.step('check --deep', ['store', 'check', '--deep', '--from', root], { ...place, wrapper: [] });

  const [before] = JSON.parse(readFileSync(await step('list --json', ['list', root, '--json']), 'utf8'));
  const collected = await step('gc', ['gc', '--include-last', '--grace', '0', '--json', '--from', root]);
  const { disposed } = JSON.parse(readFileSync(collected, 'utf8'));
  if (String(disposed) !== before.package_id) {
    throw new Error(`gc: it disposed of ${String(disposed) || 'nothing'}; expected ${before.package_id}`);
  }
  await step('verify', ['verify', 'latest', '--quiet', '--from', root]);
  return root;
}

/** The summary of a comparison, which precedes the possibly very long list of changes. */
const SUMMARY_BYTES = 4096;

function requireChanges(file: string, { added, removed, changed }: Changes): void {
  const head = Buffer.alloc(SUMMARY_BYTES);
  const fd = openSync(file, 'r');
  readSync(fd, head);
  closeSync(fd);
  const expected = { added, removed, changed, renamed: 0 };
  for (const [name, count] of Object.entries(expected)) {
    const found = new RegExp(`"summary": \\{[^}]*"${name}": (\\d+)`).exec(head.toString())?.[1];
    if (found !== String(count)) throw new Error(`diff --json: it tells of ${found} ${name}; expected ${count}`);
  }
}
