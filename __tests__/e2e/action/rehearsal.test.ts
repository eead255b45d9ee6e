import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { act, isInstalled } from '../../../scripts/tools.ts';
import { temporaryFolder } from '../../infospace/fixtures.ts';
import { copyOfProject, execute } from '../fixtures.ts';
import { hasJq, runReleaseStep, stepOf } from '../release-steps.ts';
import { repositoryWith, runAct } from './fixtures.ts';

/** The steps of a release in CONTRIBUTING, in a copy of the project. */

const rehearsing = isInstalled(act) && hasJq ? test : test.skip;

rehearsing(
  'a release is made, published in a dry run, tagged, and used by the tag of its major version',
  async () => {
    const project = copyOfProject();
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
        cwd: project,
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');

    await execute('npm', ['version', '--no-git-tag-version', '1.2.3'], { cwd: project });
    const changelog = readFileSync(join(project, 'CHANGELOG.md'), 'utf8');
    expect(changelog.match(/^## \[Unreleased\]$/gm)).toHaveLength(1);
    writeFileSync(join(project, 'CHANGELOG.md'), changelog.replace('## [Unreleased]', '## [1.2.3] - 2026-11-29'));
    const output = await execute('npm', ['publish', '--dry-run', '--json', '--access', 'public'], { cwd: project });
    expect(output).toMatch(/"id": "infospace-archive@1\.2\.3"/);

    git('add', '--all');
    git('commit', '--quiet', '--message', 'chore: release 1.2.3');
    git('tag', 'v1.2.3');
    const commit = git('rev-parse', 'HEAD');
    const checks = [{ name: 'check', conclusion: 'success' }];
    const released = { tag: 'v1.2.3', commit, checks, releases: ['v1.2.3', 'v1.2.2', 'v0.9.0'] };
    const step = (workflow: string, name: string, changed: object = {}) =>
      runReleaseStep(stepOf(workflow, name), { ...released, ...changed }, project);
    const isVersion = 'The tag is the version of the package';
    expect(step('publish.yml', isVersion).code).toBe(0);
    expect(step('publish.yml', isVersion, { tag: 'v1.2.4' }).code).toBe(1);
    expect(step('publish.yml', 'The checks of the commit passed').code).toBe(0);
    expect(step('release-tag.yml', 'Move it', { tag: 'v1.2.2' }).moved).toBe('');
    const moved = /refs\/tags\/(v\d+) sha=(\w+)\n$/.exec(step('release-tag.yml', 'Move it').moved);
    expect(moved?.slice(1)).toEqual(['v1', commit]);

    git('tag', moved![1]!, moved![2]!);
    const action = join(temporaryFolder(), 'action');
    execFileSync('git', ['clone', '--quiet', '--branch', 'v1', '--depth', '1', `file://${project}`, action], {
      stdio: 'ignore',
    });
    const { code, log } = await runAct(repositoryWith('released.yml'), { action });
    expect({ code, log: code === 0 ? '' : log.split('\n').slice(-60).join('\n') }).toEqual({ code: 0, log: '' });
  },
  400_000,
);
