import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Account, container and blob: the client of Azure requires all three in a URL. */
const BLOB_PATH = '/account/container/blob';

interface Kept {
  id: number;
  zip: Buffer;
}

/**
 * The part of GitHub's artifact service that its own client, @actions/artifact, uses: a name can be used once in a run, and
 * the artifacts of run 8 of octo/other are available with the token.
 */
export class ArtifactService {
  readonly artifacts = new Map<string, Kept>();
  /** Finalizes the next artifact, answers with an error, and then that it exists already. */
  losesAnswer = false;
  readonly token = 'ghs_artifacts_token';
  readonly #lost = new Set<string>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The variables with which a runner describes the service to its steps. */
  get environment(): Record<string, string> {
    const claims = Buffer.from(JSON.stringify({ scp: 'Actions.Results:run-7:job-1' })).toString('base64url');
    return {
      ACTIONS_RUNTIME_TOKEN: `e30.${claims}.c2ln`,
      ACTIONS_RESULTS_URL: this.#url,
      GITHUB_API_URL: this.#url,
      GITHUB_SERVER_URL: 'https://github.com',
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url!, this.#url);
    const name = url.searchParams.get('name') ?? '';
    const json = (value: unknown, status = 200) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const method = /ArtifactService\/(\w+)$/.exec(url.pathname)?.[1];
    if (method) return json(...this.#call(method, JSON.parse(body.toString())));
    if (url.pathname === BLOB_PATH) return this.#blob(request.method!, url, body, response);
    if (request.headers.authorization !== `token ${this.token}`) return json({ message: 'Bad credentials' }, 401);
    if (url.pathname === '/repos/octo/other/actions/runs/8/artifacts') {
      const artifacts = [...this.artifacts].map(([known, { id, zip }]) => ({
        id,
        name: known,
        size_in_bytes: zip.length,
        digest: `sha256:${createHash('sha256').update(zip).digest('hex')}`,
      }));
      return json({ total_count: artifacts.length, artifacts });
    }
    const id = /^\/repos\/octo\/other\/actions\/artifacts\/(\d+)\/zip$/.exec(url.pathname)?.[1];
    const found = [...this.artifacts].find(([, kept]) => String(kept.id) === id);
    if (found) return void response.writeHead(302, { location: this.#blobUrl(found[0]) }).end();
    json({ message: `Not Found ${url.pathname} ${name}` }, 404);
  }

  #call(method: string, { name, name_filter, id_filter }: Record<string, string>): [value: unknown, status: number] {
    const url = this.#blobUrl(name ?? '');
    switch (method) {
      case 'CreateArtifact':
        if (this.artifacts.has(name!)) return [{ code: 'already_exists', msg: 'conflict' }, 409];
        this.artifacts.set(name!, { id: this.artifacts.size + 100, zip: Buffer.alloc(0) });
        return [{ ok: true, signed_upload_url: url }, 200];
      case 'FinalizeArtifact':
        if (this.losesAnswer) {
          const isFirst = !this.#lost.has(name!);
          this.#lost.add(name!);
          return isFirst ? [{ msg: 'lost' }, 502] : [{ code: 'already_exists', msg: 'finalized' }, 409];
        }
        return [{ ok: true, artifact_id: String(this.artifacts.get(name!)!.id) }, 200];
      case 'GetSignedArtifactURL':
        return [{ signed_url: url }, 200];
      case 'DeleteArtifact':
        return [{ ok: this.artifacts.delete(name!), artifact_id: '1' }, 200];
      default: {
        const known = [...this.artifacts].map(([each, { id, zip }]) => ({
          workflow_run_backend_id: 'run-7',
          workflow_job_run_backend_id: 'job-1',
          database_id: String(id),
          name: each,
          size: String(zip.length),
        }));
        const wanted = (each: (typeof known)[number]) =>
          (name_filter === undefined || each.name === name_filter) &&
          (id_filter === undefined || each.database_id === id_filter);
        return [{ artifacts: known.filter(wanted) }, 200];
      }
    }
  }

  #blobUrl(name: string): string {
    return `${this.#url}${BLOB_PATH}?name=${encodeURIComponent(name)}&sig=secret`;
  }

  /** A client with one file sends its blocks one after the other. */
  #blob(method: string, url: URL, body: Buffer, response: ServerResponse): void {
    const kept = this.artifacts.get(url.searchParams.get('name')!)!;
    if (method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/zip' }).end(kept.zip);
      return;
    }
    if (url.searchParams.get('comp') === 'block') kept.zip = Buffer.concat([kept.zip, body]);
    response.writeHead(201).end();
  }
}
