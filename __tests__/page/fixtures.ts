import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { cliFile } from '../infospace/fixtures.ts';

/** A response of the page server. */
export interface Got {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

/** Sends a request with exactly these headers; `fetch` sets some of its own. */
export function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, method }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(pieces).toString() }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** A browser that has opened the printed address and has its cookie. */
export class Visit {
  readonly origin: string;
  readonly cookie: string;

  private constructor(origin: string, cookie: string) {
    this.origin = origin;
    this.cookie = cookie;
  }

  static async of(url: string): Promise<Visit> {
    const { headers } = await get(url);
    return new Visit(new URL(url).origin, headers['set-cookie']![0]!.split(';')[0]!);
  }

  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
    return get(this.origin + path, { cookie: this.cookie, ...headers }, method);
  }
}

/** Starts the command in its own process, and returns the printed address. */
export async function serve(
  root: string,
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [cliFile, 'serve', root, '--json'], { env: { ...process.env, ...env } });
  child.stderr.pipe(process.stderr);
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { child, url: (JSON.parse(line) as { url: string }).url };
}
