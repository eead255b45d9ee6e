/** A proxy that delays each answer of an HTTP server. Arguments: its URL and milliseconds. Prints the proxy's URL. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const [target = '', delay = '0'] = process.argv.slice(2);
const { hostname, port } = new URL(target);

const server = createServer((incoming, answer) => {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ hostname, port, method, path, headers }, (reply) => {
    setTimeout(() => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    }, Number(delay));
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}).listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
