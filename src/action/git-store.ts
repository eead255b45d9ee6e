import { readFileSync } from 'node:fs';
import { type Environment, withoutStore } from '../artifact-store/config.ts';
import { ArchiveError, isArchiveError } from '../artifact-store/errors.ts';
import { initStore } from '../artifact-store/init-store.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { type ArchiveResult, archiveInfospace } from '../infospace/archive.ts';
import { openRegistry, storeOf, withGitStore } from '../infospace/infospace-store.ts';
import type { ArchiveInputs } from './archive-inputs.ts';
import { say, sentenceOf, warn } from './report.ts';
import { type AskedStore, trustCheckout } from './store-input.ts';

/** The checkout has no remote, its remote no store, or there is no network. */
const NO_STORE = ['NOT_FOUND', 'CONFIG_INVALID', 'STORE_UNAVAILABLE'] as const;

/**
 * Opens the store in the repository of the checkout; the caller closes it.
 * @returns undefined when there is none, or it cannot be reached: nobody asked for it.
 */
export async function findGitStore(
  root: string,
  { env }: Pick<AskedStore, 'env'>,
  signal: AbortSignal,
): Promise<Registry | undefined> {
  trustCheckout();
  try {
    const registry = await openRegistry(root, { env: withGitStore(env), signal }, 'read');
    say('Reading from the store in the git repository of the checkout.');
    return registry;
  } catch (error) {
    if (NO_STORE.some((code) => isArchiveError(error, code))) return undefined;
    throw error;
  }
}

/**
 * Archives into the git repository of the checkout; the first archive creates the store. The token of a pull request from a fork may not
 * write there, so its package goes into the embedded store, which is uploaded.
 * @returns also what the rest of the step uses.
 */
export async function archiveInGit(
  asked: ArchiveInputs,
  env: Environment,
  signal: AbortSignal,
): Promise<{ asked: ArchiveInputs; result: ArchiveResult }> {
  try {
    return { asked, result: await archiveOrInit(asked, signal) };
  } catch (error) {
    const isRefused = isArchiveError(error, 'CONFIG_INVALID') || isArchiveError(error, 'STORE_UNAVAILABLE');
    if (!isRefused || !hasReadOnlyToken(env)) throw error;
    warn(
      `The token of this pull request may not write to the repository, so the package is uploaded as a workflow artifact. ${sentenceOf(error)}`,
    );
    const store: AskedStore = { kind: 'embedded', isDefault: false, storeRoot: undefined, env: withoutStore(env) };
    const instead = { ...asked, store, options: { ...asked.options, env: store.env, newStore: true } };
    return { asked: instead, result: await archiveInfospace(asked.root, { ...instead.options, signal }) };
  }
}

async function archiveOrInit({ root, options }: ArchiveInputs, signal: AbortSignal): Promise<ArchiveResult> {
  try {
    return await archiveInfospace(root, { ...options, signal });
  } catch (error) {
    if (!isArchiveError(error, 'NOT_FOUND')) throw error;
    await initStore(storeOf(root, options));
    say('Created a store in the git repository of the checkout.');
    return archiveInfospace(root, { ...options, signal });
  }
}

/** For a pull request from a fork, or from Dependabot. */
function hasReadOnlyToken(env: Environment): boolean {
  if (env['GITHUB_EVENT_NAME'] !== 'pull_request') return false;
  return env['GITHUB_ACTOR'] === 'dependabot[bot]' || headRepositoryOf(env) !== env['GITHUB_REPOSITORY'];
}

/** Undefined when the fork was deleted. */
function headRepositoryOf({ GITHUB_EVENT_PATH: path = '' }: Environment): string | undefined {
  try {
    const event = JSON.parse(readFileSync(path, 'utf8')) as {
      pull_request?: { head?: { repo?: { full_name?: string } | null } };
    };
    return event.pull_request?.head?.repo?.full_name;
  } catch (error) {
    throw new ArchiveError('CONFIG_INVALID', 'The variable GITHUB_EVENT_PATH names no event of this run.', error);
  }
}
