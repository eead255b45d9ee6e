import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

/** The permissions of each token; the token is the password. */
export interface GitTokens {
  writer: string;
  reader: string;
}

/** Serves the repositories in a folder like a host: git's own CGI program behind HTTP and tokens. */
export async function serveGit(folder: string, tokens: GitTokens): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    answer(folder, tokens, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function answer(
  folder: string,
  { writer, reader }: GitTokens,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
  const [, password] = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64')
    .toString()
    .split(':');
  const isPush = `${pathname}${searchParams.get('service') ?? ''}`.endsWith('git-receive-pack');
  if (password !== writer && password !== reader) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('Authentication failed');
    return;
  }
  if (isPush && password !== writer) {
    response.writeHead(403).end('Write access to repository not granted.');
    return;
  }
  const child = spawn(join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend'), {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'ada',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const printed = await buffer(child.stdout);
  const end = printed.indexOf('\r\n\r\n');
  const headers = printed
    .toString('latin1', 0, end)
    .split('\r\n')
    .map((line) => line.split(/: (.*)/s) as [string, string]);
  const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
  response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
  response.end(printed.subarray(end + 4));
}
