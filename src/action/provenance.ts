import type { Environment } from '../artifact-store/config.ts';

/** Manifest keys by runner variable (https://docs.github.com/actions/reference/variables-reference). */
const VARIABLES = {
  repository: 'GITHUB_REPOSITORY',
  commit: 'GITHUB_SHA',
  ref: 'GITHUB_REF',
  workflow: 'GITHUB_WORKFLOW',
  job: 'GITHUB_JOB',
  event: 'GITHUB_EVENT_NAME',
  run_id: 'GITHUB_RUN_ID',
  run_attempt: 'GITHUB_RUN_ATTEMPT',
  actor: 'GITHUB_ACTOR',
  server_url: 'GITHUB_SERVER_URL',
  runner_os: 'RUNNER_OS',
  runner_arch: 'RUNNER_ARCH',
} as const;

/** Where a package is made, according to the runner. */
export function provenanceOf(env: Environment): Record<string, string> {
  const provenance: Record<string, string> = {};
  for (const [key, variable] of Object.entries(VARIABLES)) {
    const value = env[variable];
    if (value) provenance[key] = value;
  }
  return provenance;
}
