import type { Duplex } from 'node:stream';
import pg from 'pg';
import { ArchiveError } from '../errors.ts';
import { URL_VARIABLE } from './postgres-url.ts';

/** What `pg` does not declare of the connection below a client. */
interface Connection {
  readonly stream: Duplex;
  attachListeners(stream: Duplex): void;
  on(event: string, listener: (message: { mechanisms?: readonly string[] }) => void): this;
  emit(event: 'error', error: unknown): boolean;
}

function connectionOf(client: pg.Client): Connection {
  return (client as unknown as { connection: Connection }).connection;
}

/** A client whose every failure is an error of `connect` or of a query, and leaves no socket behind. */
export class PostgresClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const connection = connectionOf(this);
    // It stays open after a failed login until the server closes it, a minute later, and keeps the process alive.
    connection.on('error', () => connection.stream.destroy());
    catchParseErrors(connection);
  }
}

/** The same, for `channel_binding=require`: nobody between here and the server can pass on the login. */
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

/** `pg` throws where nobody can catch it when a server asks for a login that it does not know. */
function catchParseErrors(connection: Connection): void {
  const { attachListeners } = connection;
  connection.attachListeners = (stream) => {
    const before = stream.listeners('data');
    attachListeners.call(connection, stream);
    for (const parse of stream.listeners('data').filter((listener) => !before.includes(listener))) {
      stream.removeListener('data', parse as () => void);
      stream.on('data', (piece) => {
        try {
          parse(piece);
        } catch (error) {
          connection.emit('error', error);
        }
      });
    }
  };
}
