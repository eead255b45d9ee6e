import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from './infospace/fixtures.ts';

/**
 * Nobody may change what is listed here without a review.
 *
 * Seen to fail with a missing integrity in the lockfile, a dependency from git, an undecided install script, an action by its
 * tag, a permission for a whole workflow, an additional write permission, and `npm install` in a workflow.
 */

interface LockedPackage {
  version: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
}

interface Workflow {
  on: Record<string, unknown> | string | string[];
  permissions: unknown;
  jobs: Record<
    string,
    { permissions: Record<string, string>; steps: { uses?: string; run?: string; with?: object }[] }
  >;
}

const readJson = (path: string) => JSON.parse(readFileSync(join(repository, path), 'utf8')) as never;
const { packages }: { packages: Record<string, LockedPackage> } = readJson('package-lock.json');
const { allowScripts }: { allowScripts: Record<string, boolean> } = readJson('package.json');
const installed = Object.entries(packages).filter(([path, { link }]) => path !== '' && !link);

const folder = join(repository, '.github/workflows');
const workflows = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);

/** Jobs with write permissions. */
const WRITES: Record<string, Record<string, string>> = {
  'release-tag.yml': { contents: 'write' },
  'publish.yml': { 'id-token': 'write' },
};

describe('the lockfile', () => {
  test('has the digest of every package, which all come from the npm registry', () => {
    expect(installed.length).toBeGreaterThan(100);
    const odd = installed.filter(
      ([, { version, resolved, integrity }]) =>
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ||
        !/^\d+\.\d+\.\d+/.test(version) ||
        !(resolved ?? 'https://registry.npmjs.org/').startsWith('https://registry.npmjs.org/'),
    );
    expect(odd).toEqual([]);
  });

  test('has no undecided install script', () => {
    const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripts.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect(names.filter((name) => allowScripts[name] === undefined)).toEqual([]);
  });
});

describe.each(workflows)('the workflow %s', (name, text) => {
  const { on, permissions, jobs } = parse(text) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  test('has only the permissions that each job needs', () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) {
      const writes = Object.entries(job.permissions).filter(([, access]) => access !== 'read');
      expect(Object.fromEntries(writes)).toEqual(WRITES[name] ?? {});
    }
  });

  test('is not started by strangers with permissions', () => {
    expect(JSON.stringify(on)).not.toMatch(/pull_request_target|workflow_run|issue_comment/);
  });

  test('pins actions by commit, with the version in a comment', () => {
    const used = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action]) => action!);
    expect(
      used.filter((action) => !/^\.\/|^\.$|^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
  });

  test('keeps no credentials in a checkout, and installs from the lockfile', () => {
    for (const { uses, with: inputs, run } of steps) {
      if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
      expect(run ?? '').not.toMatch(/npm (install|i|update)\b|npx (?!--no)|curl|wget/);
    }
  });
});

test('a published package shows where it was built', () => {
  expect(workflows.find(([name]) => name === 'publish.yml')![1]).toContain('npm publish --provenance');
});
