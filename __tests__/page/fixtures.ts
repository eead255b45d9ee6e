import { request } from 'node:http';
import { type ServedPage, servePage } from '../../src/page/server.ts';

/** An answer of the page. */
export interface Got {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

/** Asks as a browser would, with exactly these headers; `fetch` sets some of its own. */
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

/** A page that is served, with the cookie of a browser that opened its address. */
export class Visit {
  readonly served: ServedPage;
  readonly origin: string;
  readonly cookie: string;

  private constructor(served: ServedPage, cookie: string) {
    this.served = served;
    this.origin = new URL(served.url).origin;
    this.cookie = cookie;
  }

  static async begin(source: Parameters<typeof servePage>[0]): Promise<Visit> {
    const served = await servePage(source, (error) => {
      throw error;
    });
    const { headers } = await get(served.url);
    return new Visit(served, headers['set-cookie']![0]!.split(';')[0]!);
  }

  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
    return get(this.origin + path, { cookie: this.cookie, ...headers }, method);
  }
}
