import { ArchiveError } from '../errors.ts';
import { GitFailure } from './git-program.ts';
import { withoutPasswords } from './git-settings.ts';

type Explanation = [pattern: RegExp, code: 'CONFIG_INVALID' | 'INTEGRITY' | 'STORE_UNAVAILABLE', remedy: string];

const EXPLANATIONS: Explanation[] = [
  [
    /missing (necessary )?(blob|object)|bad object|did not send all necessary objects|not our ref|unable to read [0-9a-f]{40}|corrupt|inflate/i,
    'INTEGRITY',
    'it has lost or damaged some of its bytes; bring them back from a backup or a mirror of it',
  ],
  [
    /Write access to repository not granted|Permission to .* denied|permission denied for writing|not allowed to (push|upload)|insufficient permission|(error|status):? 403/i,
    'CONFIG_INVALID',
    'it may not be written; give the token that right ("permissions: contents: write" in a workflow)',
  ],
  [
    /could not read (Username|Password)|Authentication failed|terminal prompts disabled|Permission denied \(publickey|(error|status):? 401/i,
    'CONFIG_INVALID',
    'it refuses the credentials; log git in to it, or give the workflow a token',
  ],
  [
    /does not appear to be a git repository|repository .*not found|No such remote|not found|does not exist/i,
    'CONFIG_INVALID',
    'there is no such repository, or it may not be read; check ARTIFACTSTORE_GIT_REMOTE and the token',
  ],
  [/Host key verification failed/i, 'CONFIG_INVALID', 'its host key is not known; add it to known_hosts'],
  [/pre-receive hook declined|protected|hook declined|GH0\d\d/i, 'CONFIG_INVALID', 'a rule of the host refuses it'],
  [/No space left/i, 'STORE_UNAVAILABLE', 'a disk is full; free some space'],
];

/** Explains a failed run of git in one sentence with a remedy. */
export function explainGitFailure(error: unknown, action: string, remote: string): unknown {
  if (!(error instanceof GitFailure)) return error;
  const [, code, remedy] = EXPLANATIONS.find(([pattern]) => pattern.test(error.message)) ?? [
    undefined,
    'STORE_UNAVAILABLE' as const,
    'check the network and the host, and try again',
  ];
  const where = withoutPasswords(remote);
  return new ArchiveError(
    code,
    `Could not ${action} in the git repository ${where}: ${remedy}. Git said: ${lastLine(error.message)}`,
    error,
  );
}

function lastLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(fatal|error|remote|!)/.test(line) && !/failed to push some refs/.test(line));
  return lines.at(-1) ?? text.split('\n').at(-1) ?? '';
}
