import { isDeepStrictEqual } from 'node:util';
import { ArchiveError } from '../../artifact-store/errors.ts';
import type { Manifest } from '../../artifact-store/manifest/model.ts';
import { BUILD_TYPE, PROVENANCE_TYPE, repositoryOf, runOf, STATEMENT_TYPE, type Statement } from './statement.ts';

/** The build type of `actions/attest`. https://actions.github.io/buildtypes/workflow/v1 */
const GITHUB_BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1';

/** Whether a statement is about this subject: a file of attestations may contain others. */
export function isOfSubject(stated: unknown, { subject: [{ digest }] }: Statement): boolean {
  return subjectsIn(stated).some(
    (subject) => subject['sha256'] === digest.sha256 || subject['blake3'] === digest.blake3,
  );
}

/**
 * Compares somebody else's statement with the statement of the stored package.
 * @throws ArchiveError `ATTESTATION_REFUSED` naming the first field that differs.
 */
export function requireAgreement(stated: unknown, expected: Statement, manifest: Manifest): void {
  if (at(stated, '_type') !== STATEMENT_TYPE) throw disagrees('_type', at(stated, '_type'), STATEMENT_TYPE);
  const [{ digest }] = expected.subject;
  const subjects = subjectsIn(stated);
  const named = subjects.find((subject) => subject['sha256'] === digest.sha256 || subject['blake3'] === digest.blake3);
  if (named === undefined) throw disagrees('subject', subjects[0]?.['sha256'], digest.sha256);
  for (const algorithm of ['sha256', 'blake3'] as const) {
    if (named[algorithm] === undefined || named[algorithm] === digest[algorithm]) continue;
    throw disagrees(`subject.digest.${algorithm}`, named[algorithm], digest[algorithm]);
  }
  if (at(stated, 'predicateType') !== PROVENANCE_TYPE) {
    throw disagrees('predicateType', at(stated, 'predicateType'), PROVENANCE_TYPE);
  }
  const predicate = at(stated, 'predicate');
  if (at(predicate, 'buildDefinition', 'buildType') === BUILD_TYPE) {
    requireSame(predicate, expected.predicate, 'predicate');
  } else requireSameOrigin(predicate, manifest);
}

/** Compares every field, and allows no others. */
function requireSame(stated: unknown, expected: unknown, path: string): void {
  if (isDeepStrictEqual(stated, expected)) return;
  if (isObject(stated) && isObject(expected)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(stated)])) {
      requireSame(stated[key], expected[key], `${path}.${key}`);
    }
  }
  throw disagrees(path, stated, expected);
}

/** Compares provenance of another build type by the fields both have: the commit, the repository, the run. */
function requireSameOrigin(predicate: unknown, { provenance }: Manifest): void {
  const repository = repositoryOf(provenance);
  const sources = at(predicate, 'buildDefinition', 'resolvedDependencies');
  for (const source of Array.isArray(sources) ? sources : []) {
    const [uri, commit] = [at(source, 'uri'), at(source, 'digest', 'gitCommit')];
    const isOurs = typeof uri === 'string' && (uri === `git+${repository}` || uri.startsWith(`git+${repository}@`));
    if (isOurs) requireIfKnown('gitCommit', commit, provenance['commit']);
  }
  if (at(predicate, 'buildDefinition', 'buildType') !== GITHUB_BUILD_TYPE) return;
  const workflow = at(predicate, 'buildDefinition', 'externalParameters', 'workflow');
  requireIfKnown('workflow.repository', at(workflow, 'repository'), repository);
  requireIfKnown('workflow.ref', at(workflow, 'ref'), provenance['ref']);
  requireIfKnown('invocationId', at(predicate, 'runDetails', 'metadata', 'invocationId'), runOf(provenance));
}

function requireIfKnown(field: string, stated: unknown, expected: string | undefined): void {
  if (stated !== undefined && expected !== undefined && stated !== expected) throw disagrees(field, stated, expected);
}

function subjectsIn(stated: unknown): Record<string, unknown>[] {
  const subjects = at(stated, 'subject');
  return (Array.isArray(subjects) ? subjects : []).map((subject) => at(subject, 'digest')).filter(isObject);
}

/** A field of JSON from outside. */
function at(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Longer values are cut. */
const MAX_SHOWN = 200;

function disagrees(field: string, stated: unknown, expected: unknown): ArchiveError {
  const [is, should] = [stated, expected].map((value) => (JSON.stringify(value) ?? 'nothing').slice(0, MAX_SHOWN));
  return new ArchiveError(
    'ATTESTATION_REFUSED',
    `The attestation does not match this package: its ${field} is ${is}, not ${should}; get the attestation of this package.`,
    undefined,
    { expected: should, actual: is },
  );
}
