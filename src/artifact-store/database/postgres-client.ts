import type { Duplex } from 'node:stream';
import pg from 'pg';
import { ArchiveError } from '../errors.ts';
import { URL_VARIABLE } from './postgres-url.ts';

/** The connection of a client, which the types of `pg` omit. */
interface Connection {
  readonly stream: Duplex;
  attachListeners(stream: Duplex): void;
  on(event: string, listener: (message: { mechanisms?: readonly string[] }) => void): this;
  emit(event: 'error', error: unknown): boolean;
}

function connectionOf(client: pg.Client): Connection {
  return (client as unknown as { connection: Connection }).connection;
}

/** Reports every failure from `connect` or a query, and leaves no socket open. */
export class PostgresClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const connection = connectionOf(this);
    // pg leaves the socket of a failed login open, which keeps the process alive until the server's timeout of a minute.
    connection.on('error', () => connection.stream.destroy());
    catchParseErrors(connection);
  }
}

/** Enforces `channel_binding=require`, which pg does not: without it, a man in the middle could relay the login. */
export class BoundPostgresClient extends PostgresClient {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const connection = connectionOf(this);
    let bound = false;
    const refuse = () =>
      connection.emit(
        'error',
        new ArchiveError(
          'CONFIG_INVALID',
          `The database server offers no login with channel binding, which ${URL_VARIABLE} requires; correct channel_binding or sslmode, or store the role's password as SCRAM.`,
        ),
      );
    connection.on('authenticationSASL', ({ mechanisms }) => {
      bound = mechanisms?.includes('SCRAM-SHA-256-PLUS') ?? false;
      if (!bound) refuse();
    });
    connection.on('authenticationCleartextPassword', refuse);
    connection.on('authenticationMD5Password', refuse);
    connection.on('authenticationOk', () => {
      if (!bound) refuse();
    });
  }
}

/** Types of a server's first message: authentication, error, notice, protocol negotiation. */
const FIRST_TYPES = 'RENv';

/**
 * For an unknown authentication method pg throws in a `data` listener, where nobody can catch it. It reads the greeting of another kind of
 * server as the beginning of a long message, and waits.
 */
function catchParseErrors(connection: Connection): void {
  const { attachListeners } = connection;
  connection.attachListeners = (stream) => {
    const before = stream.listeners('data');
    attachListeners.call(connection, stream);
    for (const parse of stream.listeners('data').filter((listener) => !before.includes(listener))) {
      stream.removeListener('data', parse as () => void);
      let first = true;
      stream.on('data', (piece: Buffer) => {
        try {
          if (first && !FIRST_TYPES.includes(String.fromCharCode(piece[0]!)))
            throw new Error('received invalid response');
          first = false;
          parse(piece);
        } catch (error) {
          connection.emit('error', error);
        }
      });
    }
  };
}
