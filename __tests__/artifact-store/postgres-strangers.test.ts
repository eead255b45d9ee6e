import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { collect } from './fixtures.ts';

/** Servers that are not PostgreSQL, at its address; __tests__/services has real ones. */

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function configOf(server: Server, query = '') {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const { store } = readEnvironment({
    ARTIFACTSTORE_DATABASE_URL: `postgresql://u:hunter22@127.0.0.1:${(server.address() as AddressInfo).port}/d${query}`,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: temporaryFolder(),
  });
  return store!;
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const SSL_REQUEST_BYTES = 8;

/** Has no TLS, and answers the first message of a client. */
function answering(answer: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (first) => {
      if (first.length > SSL_REQUEST_BYTES) answer(socket);
      else socket.end('N');
    });
  });
}

function refusing(sqlState: string, text: string): Server {
  return answering((socket) => socket.end(message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`))));
}

test.each([
  ['08P01', 'no such user', 'CONFIG_INVALID', 'pooler'],
  ['0A000', 'not supported', 'CONFIG_INVALID', 'PostgreSQL 14'],
  ['0A000', 'cannot set transaction read-write mode during recovery', 'STORE_UNAVAILABLE', 'primary'],
  ['22023', 'invalid value for parameter', 'CONFIG_INVALID', 'value'],
  ['22P05', 'character has no equivalent in encoding "LATIN1"', 'CONFIG_INVALID', 'UTF8'],
  ['23505', 'duplicate key value', 'STATE_CONFLICT', 'store check'],
  ['25006', 'cannot execute UPDATE in a read-only transaction', 'STORE_UNAVAILABLE', 'target_session_attrs'],
  ['26000', 'prepared statement does not exist', 'CONFIG_INVALID', 'pooler'],
  ['28000', 'no pg_hba.conf entry for host', 'CONFIG_INVALID', 'pg_hba.conf'],
  ['28P01', 'password authentication failed for user "u"', 'CONFIG_INVALID', 'password is wrong'],
  ['3D000', 'database "d" does not exist', 'CONFIG_INVALID', 'no such database'],
  ['3F000', 'schema "x" does not exist', 'CONFIG_INVALID', 'schema='],
  ['40003', 'statement completion unknown', 'STORE_UNAVAILABLE', 'try again'],
  ['42501', 'permission denied for table events', 'CONFIG_INVALID', 'grant'],
  ['42P01', 'relation "events" does not exist', 'CONFIG_INVALID', 'store init'],
  ['53100', 'could not extend file', 'STORE_UNAVAILABLE', 'disk is full'],
  ['53200', 'out of memory', 'STORE_UNAVAILABLE', 'resources'],
  ['54000', 'program limit exceeded', 'STORE_UNAVAILABLE', 'limit'],
  ['55P03', 'canceling statement due to lock timeout', 'STORE_UNAVAILABLE', 'lock_timeout'],
  ['57014', 'canceling statement due to statement timeout', 'STORE_UNAVAILABLE', 'statement_timeout'],
  ['58030', 'I/O error', 'STORE_UNAVAILABLE', 'log'],
  ['F0000', 'configuration file error', 'CONFIG_INVALID', 'configuration'],
  ['XX000', 'internal error', 'STORE_UNAVAILABLE', 'log'],
  ['XX001', 'invalid page', 'STORE_UNAVAILABLE', 'backup'],
  ['P0001', 'raised by a trigger', 'STORE_UNAVAILABLE', 'P0001'],
])('the error %s (%s) of a server is reported with a remedy', async (sqlState, text, code, remedy) => {
  const config = await configOf(refusing(sqlState, text), '?sslmode=disable');
  const error = await initStore(config).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'ArchiveError', code, cause: { code: sqlState } });
  expect((error as Error).message).toContain(remedy);
  expect((error as Error).message).toContain(text);
  expect((error as Error).message).toMatch(/^Could not use the registry at 127\.0\.0\.1:\d+\/d .*[.]$/);
  expect((error as Error).message).not.toContain('hunter22');
});

const GSS = Buffer.from([0, 0, 0, 7]);

test.each<[what: string, server: () => Server, expected: string]>([
  ['a web server', () => createHttpServer(), 'protocol'],
  [
    'a server that greets first',
    () => createServer((socket) => socket.on('error', () => undefined).write('SSH-2.0\r\n')),
    'protocol',
  ],
  ['a login that is not supported', () => answering((socket) => socket.write(message('R', GSS))), 'GSSAPI'],
  [
    'a message that does not exist',
    () => answering((socket) => socket.write(message('!', Buffer.alloc(0)))),
    'protocol',
  ],
])('%s is reported in one sentence', async (_, server, expected) => {
  await expect(initStore(await configOf(server()))).rejects.toMatchObject({
    name: 'ArchiveError',
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(new RegExp(`${expected}.*ARTIFACTSTORE_DATABASE_URL.*[.]$`)),
  });
});

test('sslmode=require is reported when the server has no TLS', async () => {
  const config = await configOf(
    answering((socket) => socket.end()),
    '?sslmode=require',
  );
  const findings = await collect(checkStore(config));
  expect(findings[0]).toMatchObject({ what: 'database', status: 'failed', detail: expect.stringContaining('sslmode') });
});

test('a silent server is given up after connect_timeout', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined).resume());
  await expect(initStore(await configOf(silent, '?connect_timeout=1'))).rejects.toMatchObject({
    name: 'ArchiveError',
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/cannot be reached; try again\.$/),
  });
});
