import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Runs an action with a proxy between @actions/artifact and act's artifact service, which in act 0.2.87 fails in three ways: it refuses
 * unknown fields (`mime_type`, https://github.com/nektos/act/issues/6022), signs upload URLs with a bare `=`, which the Azure client
 * removes (https://github.com/nektos/act/issues/6021), and closes the connection instead of listing nothing.
 * @param service the URL in `ACTIONS_RESULTS_URL`.
 */
export async function throughActService<T>(service: string, action: () => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    forward(service, request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['ACTIONS_RESULTS_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return await action();
  } finally {
    process.env['ACTIONS_RESULTS_URL'] = service;
    await close(server);
  }
}

/** Uploads and downloads bypass the proxy, since the URLs that act returns name act itself. */
async function forward(service: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { mime_type: _, mimeType: __, ...fields } = JSON.parse(await text(request)) as Record<string, unknown>;
  let answer: Response;
  try {
    answer = await fetch(new URL(request.url!, service), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
      body: JSON.stringify(fields),
    });
  } catch (error) {
    if (!request.url!.endsWith('/ListArtifacts')) throw error;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"artifacts":[]}');
    return;
  }
  const body = (await answer.text()).replace(/(?<=[?&]sig=[\w-]+)=+(?=&)/g, (bare) => bare.replaceAll('=', '%3D'));
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
}

function close(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
