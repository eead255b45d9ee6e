import { createHash } from 'node:crypto';
import type { Manifest } from '../../artifact-store/manifest/model.ts';
import type { PackageSummary } from '../../artifact-store/registry.ts';

/** Type of a statement, which names its subject by digests. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** Type of a predicate about how something was made. https://slsa.dev/spec/v1.0/provenance */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

/** Defines the fields of the predicate; see docs/exchange-and-proof.md. A published build type never changes its fields. */
export const BUILD_TYPE = 'https://www.npmjs.com/package/infospace-archive#build-type-v1';

/** The builder: GitHub's runner if the manifest names one, else this software on an unknown machine. */
const RUNNER = 'https://github.com/actions/runner';
const THIS_SOFTWARE = 'https://www.npmjs.com/package/infospace-archive';

/** An in-toto statement, version 1. */
export interface Statement {
  _type: typeof STATEMENT_TYPE;
  subject: [{ name: string; digest: { sha256: string; blake3: string } }];
  predicateType: typeof PROVENANCE_TYPE;
  predicate: Provenance;
}

/** A SLSA provenance predicate, version 1, with the fields known of a package. */
export interface Provenance {
  buildDefinition: {
    buildType: typeof BUILD_TYPE;
    externalParameters: {
      producer: string;
      subject: string;
      retention_class: string;
      metadata: Record<string, string>;
      workflow?: Record<string, string>;
    };
    internalParameters?: Record<string, string>;
    resolvedDependencies?: [{ uri: string; digest: { gitCommit: string } }];
  };
  runDetails: {
    builder: { id: string };
    /** Time of the archive, in RFC 3339, as in the manifest. */
    metadata: { invocationId: string; startedOn: string };
    byproducts: [{ name: 'content'; digest: { blake3: string } }];
  };
}

/** The statement of a package: its subject is the manifest as stored, which names every file by its digests. */
export function statementOf(found: PackageSummary, manifest: Manifest, cbor: Uint8Array): Statement {
  const sha256 = createHash('sha256').update(cbor).digest('hex');
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: `${found.id}.cbor`, digest: { sha256, blake3: hexOf(found.manifestDigest) } }],
    predicateType: PROVENANCE_TYPE,
    predicate: provenanceOf(found, manifest),
  };
}

function provenanceOf({ contentDigest }: PackageSummary, manifest: Manifest): Provenance {
  const { package: made, provenance, retention_summary: retention } = manifest;
  const workflow = workflowOf(provenance);
  const commit = commitOf(provenance);
  const rest = Object.entries(provenance).filter(([key]) => !STATED_ELSEWHERE.has(key));
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        producer: made.producer,
        subject: made.subject,
        retention_class: retention.retention_class,
        metadata: made.metadata,
        ...(workflow && { workflow }),
      },
      ...(rest.length > 0 && { internalParameters: Object.fromEntries(rest) }),
      ...(commit && { resolvedDependencies: [commit] }),
    },
    runDetails: {
      builder: { id: provenance['run_id'] === undefined ? THIS_SOFTWARE : RUNNER },
      metadata: { invocationId: runOf(provenance) ?? made.id, startedOn: made.created_at },
      byproducts: [{ name: 'content', digest: { blake3: hexOf(contentDigest) } }],
    },
  };
}

const STATED_ELSEWHERE: ReadonlySet<string> = new Set(['repository', 'server_url', 'ref', 'workflow']);

function workflowOf(provenance: Record<string, string>): Record<string, string> | undefined {
  const { ref, workflow: name } = provenance;
  const repository = repositoryOf(provenance);
  const known = Object.entries({ repository, ref, name }).filter(
    (field): field is [string, string] => field[1] !== undefined,
  );
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** The repository's URL, or its name where the server is not known. */
export function repositoryOf(provenance: Record<string, string>): string | undefined {
  const { server_url: server, repository } = provenance;
  return repository === undefined || server === undefined ? repository : `${server}/${repository}`;
}

/** The source commit, when its repository and full digest are known. */
function commitOf(provenance: Record<string, string>): { uri: string; digest: { gitCommit: string } } | undefined {
  const { server_url: server, ref, commit } = provenance;
  const repository = repositoryOf(provenance);
  if (repository === undefined || server === undefined || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit ?? ''))
    return undefined;
  return { uri: `git+${repository}${ref === undefined ? '' : `@${ref}`}`, digest: { gitCommit: commit! } };
}

/** The address of the workflow run. */
export function runOf(provenance: Record<string, string>): string | undefined {
  const { server_url: server, repository, run_id: run, run_attempt: attempt } = provenance;
  if (server === undefined || repository === undefined || run === undefined) return undefined;
  return `${server}/${repository}/actions/runs/${run}${attempt === undefined ? '' : `/attempts/${attempt}`}`;
}

/** The hexadecimal part of a content address. */
function hexOf(address: string): string {
  return address.slice(address.indexOf(':') + 1);
}
