import { execFileSync } from 'node:child_process';
import { hasJq, type Released, runReleaseStep, stepOf } from './release-steps.ts';

const withJq = hasJq ? test : test.skip;

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
  const moves = (released: Released) => runReleaseStep(script, released);
  const released = { tag: 'v1.10.0', checks: green, releases: ['v2.0.0', 'v1.10.0', 'v1.9.3'] };
  expect(moves(released)).toEqual({ code: 0, moved: 'repos/octo/it/git/refs/tags/v1 sha=abc123\n' });
  expect(moves({ ...released, tag: 'v1.9.3' })).toEqual({ code: 0, moved: '' });
  expect(moves({ ...released, tag: 'nightly' })).toEqual({ code: 0, moved: '' });
  for (const checks of [failed, running, []]) expect(moves({ ...released, checks })).toEqual({ code: 1, moved: '' });
  expect(moves({ ...released, releases: null })).toEqual({ code: 1, moved: '' });
});

withJq('a commit whose checks have not passed is not published', () => {
  const script = stepOf('publish.yml', 'The checks of the commit passed');
  const codes = [green, failed, running, []].map(
    (checks) => runReleaseStep(script, { tag: 'v1.0.0', checks, releases: [] }).code,
  );
  expect(codes).toEqual([0, 1, 1, 1]);
});

test('the steps are valid bash scripts', () => {
  for (const script of [stepOf('release-tag.yml', 'Move it'), stepOf('publish.yml', 'The checks of the commit passed')])
    execFileSync('bash', ['-n', '-c', script]);
});
