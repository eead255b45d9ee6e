import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';

/** What a proxy does to one request; `pass` for nothing. */
export type HttpFault =
  | 'pass'
  | 'reset'
  | 'stall'
  | 'truncate'
  | 'wrong bytes in'
  | 'wrong bytes out'
  | 'lost answer'
  | 'ignored condition'
  | Refusal;

/** Answers that a server gives instead of handling the request. */
export type Refusal = keyof typeof REFUSALS;

export interface FaultyProxy {
  url: string;
  /** The faults made so far. */
  readonly done: string[];
  close(): Promise<void>;
}

const REFUSALS = {
  'error 500': [500, 'InternalError'],
  'slow down': [503, 'SlowDown'],
  conflict: [409, 'ConditionalRequestConflict'],
  'not implemented': [501, 'NotImplemented'],
  exists: [412, 'PreconditionFailed'],
  'method not allowed': [405, 'MethodNotAllowed'],
  denied: [403, 'AccessDenied'],
  'expired token': [400, 'ExpiredToken'],
} as const;

function isRefusal(fault: HttpFault): fault is Refusal {
  return fault in REFUSALS;
}

/** A proxy for an HTTP server. Requests keep their Host header, which their signatures cover. */
export async function httpProxy(
  target: string,
  faultOf: (request: IncomingMessage) => HttpFault,
): Promise<FaultyProxy> {
  const done: string[] = [];
  const server = createHttpServer((incoming, answer) => {
    const fault = faultOf(incoming);
    if (fault !== 'pass') done.push(fault);
    if (isRefusal(fault)) {
      const [status, code] = REFUSALS[fault];
      incoming.resume();
      incoming.on('end', () => {
        answer.writeHead(status, { 'content-type': 'application/xml' });
        answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      });
    } else if (fault !== 'stall') {
      forward(target, incoming, answer, fault);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: string, incoming: IncomingMessage, answer: ServerResponse, fault: HttpFault): void {
  const { hostname, port } = new URL(target);
  const { method, url, headers } = incoming;
  if (fault === 'ignored condition') delete headers['if-none-match'];
  const outgoing = request({ hostname, port, method, path: url, headers }, (reply) => {
    if (fault === 'lost answer') {
      reply.resume().on('end', () => answer.destroy());
      return;
    }
    const cut = fault === 'reset' || fault === 'truncate';
    answer.writeHead(reply.statusCode!, reply.headers);
    let bytes = 0;
    reply.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (cut && bytes > Number(reply.headers['content-length'] ?? 0) / 2) {
        if (fault === 'reset') answer.socket?.resetAndDestroy();
        else answer.socket?.end();
        reply.destroy();
        return;
      }
      answer.write(fault === 'wrong bytes out' ? flipped(piece) : piece);
    });
    reply.on('end', () => answer.end());
  });
  outgoing.on('error', () => answer.destroy());
  incoming.on('data', (piece: Buffer) => outgoing.write(fault === 'wrong bytes in' ? flipped(piece) : piece));
  incoming.on('end', () => outgoing.end());
  incoming.on('error', () => outgoing.destroy());
}

function flipped(piece: Buffer): Buffer {
  const copy = Buffer.from(piece);
  copy[copy.length >> 1]! ^= 0x10;
  return copy;
}

export interface TcpProxy extends FaultyProxy {
  /** Closes all connections. */
  cut(): void;
  /** Closes them, and refuses new ones for a time. */
  down(ms: number): void;
  /** Passes the next commit on, then closes the connection instead of passing the answer back. */
  loseNextCommit(): void;
}

/** A proxy for a server with PostgreSQL's protocol. */
export async function tcpProxy(target: URL): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const done: string[] = [];
  let refusing = false;
  let losing = false;
  const server = createTcpServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    client.on('data', (piece: Buffer) => {
      if (!losing || !piece.includes('commit\0')) return;
      losing = false;
      done.push('lost commit');
      upstream.unpipe(client);
      setTimeout(() => client.resetAndDestroy(), 200);
    });
    for (const [a, b] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(a);
      a.on('error', () => undefined);
      a.on('close', () => {
        sockets.delete(a);
        b.destroy();
      });
      a.pipe(b);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    done.push('cut');
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    done,
    cut,
    loseNextCommit: () => {
      losing = true;
    },
    down: (ms) => {
      refusing = true;
      cut();
      setTimeout(() => {
        refusing = false;
      }, ms);
    },
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A proxy for any server, which decides for each piece of a client whether to continue. */
export async function gate(target: URL, passes: () => boolean): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [a, b] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(a);
      a.on('error', () => undefined).on('close', () => b.destroy());
    }
    client.on('data', (piece) => {
      if (passes()) upstream.write(piece);
    });
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href.replace(/\/$/, ''),
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
