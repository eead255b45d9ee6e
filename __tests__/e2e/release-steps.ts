import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';

/**
 * The steps of the workflows that a release starts. A fake `gh` answers from files, in the form that `--jq` gives, and records
 * the tags that are moved.
 */

export const hasJq: boolean = spawnSync('jq', ['--version']).status === 0;

export interface Released {
  tag: string;
  /** The commit of the tag. */
  commit?: string;
  /** A null conclusion is a running check. */
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
  */commits/*) cat "$here/commit" ;;
  */git/refs*) echo "$path$fields" >> "$here/moved" ;;
esac
`;

export function stepOf(workflow: string, name: string): string {
  const { jobs } = parse(readFileSync(join(repository, '.github/workflows', workflow), 'utf8')) as {
    jobs: Record<string, { steps: { name?: string; run?: string }[] }>;
  };
  const step = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .find((found) => found.name === name);
  return step!.run!;
}

export function runReleaseStep(
  script: string,
  { tag, commit = 'abc123', checks, releases }: Released,
  cwd = '.',
): { code: number | null; moved: string } {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'gh'), GH, { mode: 0o755 });
  writeFileSync(join(folder, 'checks.json'), JSON.stringify({ check_runs: checks }));
  const listed = releases?.map((tag_name) => ({ tag_name, draft: false, prerelease: false }));
  if (listed) writeFileSync(join(folder, 'releases.json'), JSON.stringify(listed));
  writeFileSync(join(folder, 'moved'), '');
  writeFileSync(join(folder, 'commit'), commit);
  const env = {
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    TAG: tag,
    REPOSITORY: 'octo/it',
    COMMIT: commit,
  };
  // The shell options of the runner.
  const { status } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-c', script], { cwd, env, encoding: 'utf8' });
  return { code: status, moved: readFileSync(join(folder, 'moved'), 'utf8') };
}
