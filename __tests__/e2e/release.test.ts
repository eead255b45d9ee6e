import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';

/**
 * The steps of the workflows that a release starts, with a `gh` that answers from files with what `--jq` makes of them, and writes
 * down which tags are moved.
 */

const hasJq = spawnSync('jq', ['--version']).status === 0;
const withJq = hasJq ? test : test.skip;

interface Released {
  tag: string;
  /** A null conclusion is a check that runs. */
  checks: { name: string; conclusion: string | null }[];
  /** Null when they cannot be read. */
  releases: string[] | null;
}

const GH = `#!/usr/bin/env bash
here="$(dirname "$0")"
while [ $# -gt 0 ]; do case "$1" in --jq) jq="$2"; shift ;; -f) fields+=" $2"; shift ;; repos/*) path="$1" ;; esac; shift; done
case "$path" in
  */check-runs) jq -r "$jq" "$here/checks.json" ;;
  */releases) jq -r "$jq" "$here/releases.json" || exit 1 ;;
  */commits/*) echo abc123 ;;
  */git/refs*) echo "$path$fields" >> "$here/moved" ;;
esac
`;

function stepOf(workflow: string, name: string): string {
  const { jobs } = parse(readFileSync(join(repository, '.github/workflows', workflow), 'utf8')) as {
    jobs: Record<string, { steps: { name?: string; run?: string }[] }>;
  };
  const step = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .find((found) => found.name === name);
  return step!.run!;
}

function runStep(script: string, { tag, checks, releases }: Released): { code: number | null; moved: string } {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'gh'), GH, { mode: 0o755 });
  writeFileSync(join(folder, 'checks.json'), JSON.stringify({ check_runs: checks }));
  const listed = releases?.map((tag_name) => ({ tag_name, draft: false, prerelease: false }));
  if (listed) writeFileSync(join(folder, 'releases.json'), JSON.stringify(listed));
  writeFileSync(join(folder, 'moved'), '');
  const env = {
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    TAG: tag,
    REPOSITORY: 'octo/it',
    COMMIT: 'abc123',
  };
  // As the runner starts it.
  const { status } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-c', script], { env, encoding: 'utf8' });
  return { code: status, moved: readFileSync(join(folder, 'moved'), 'utf8') };
}

const green = [
  { name: 'check', conclusion: 'success' },
  { name: 'windows', conclusion: 'skipped' },
  { name: 'move', conclusion: null },
  { name: 'publish', conclusion: null },
];
const failed = [...green, { name: 'audit', conclusion: 'failure' }];
const running = [...green, { name: 'audit', conclusion: null }];

withJq('the major tag moves to the newest release whose checks have passed', () => {
  const script = stepOf('release-tag.yml', 'Move it');
  const moves = (released: Released) => runStep(script, released);
  const released = { tag: 'v1.10.0', checks: green, releases: ['v2.0.0', 'v1.10.0', 'v1.9.3'] };
  expect(moves(released)).toEqual({ code: 0, moved: 'repos/octo/it/git/refs/tags/v1 sha=abc123\n' });
  expect(moves({ ...released, tag: 'v1.9.3' })).toEqual({ code: 0, moved: '' });
  expect(moves({ ...released, tag: 'nightly' })).toEqual({ code: 0, moved: '' });
  for (const checks of [failed, running, []]) expect(moves({ ...released, checks })).toEqual({ code: 1, moved: '' });
  expect(moves({ ...released, releases: null })).toEqual({ code: 1, moved: '' });
});

withJq('nothing is published of a commit whose checks have not passed', () => {
  const script = stepOf('publish.yml', 'The checks of the commit passed');
  const codes = [green, failed, running, []].map(
    (checks) => runStep(script, { tag: 'v1.0.0', checks, releases: [] }).code,
  );
  expect(codes).toEqual([0, 1, 1, 1]);
});

test('the steps are scripts that bash takes', () => {
  for (const script of [stepOf('release-tag.yml', 'Move it'), stepOf('publish.yml', 'The checks of the commit passed')])
    execFileSync('bash', ['-n', '-c', script]);
});
