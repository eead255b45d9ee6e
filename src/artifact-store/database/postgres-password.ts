import { ArchiveError } from '../errors.ts';
import { readOutsideText } from '../outside-file.ts';
import { describeServer, type PostgresHost, type PostgresSettings } from './postgres-settings.ts';
import { URL_VARIABLE } from './postgres-url.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The password for a server that asks for one.
 *
 * @throws ArchiveError `CONFIG_INVALID` when there is none.
 */
export function passwordFor(settings: PostgresSettings, host: PostgresHost): string {
  const password = settings.password ?? passwordInFile(settings, host);
  if (password !== undefined) return password;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The database server at ${describeServer({ ...settings, hosts: [host] })} requires a password, but none is configured; put it into ${URL_VARIABLE} (or the file that ${URL_VARIABLE}_FILE names), PGPASSWORD or ${settings.passwordFile}.`,
  );
}

/** libpq's password file: one `host:port:database:user:password` per line, `*` for any, a backslash before `:` and `\`. */
function passwordInFile(
  { passwordFile, database, user }: PostgresSettings,
  { host, port }: PostgresHost,
): string | undefined {
  let content: string | undefined;
  try {
    content = readOutsideText(passwordFile, MAX_FILE_BYTES);
  } catch (error) {
    throw new ArchiveError(
      'CONFIG_INVALID',
      `The password file ${passwordFile} cannot be read; correct its permissions, or put the password into ${URL_VARIABLE}.`,
      error,
      { path: passwordFile },
    );
  }
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of (content ?? '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    if (fields.length === 5 && wanted.every((text, i) => fields[i] === '*' || unescaped(fields[i]!) === text)) {
      return unescaped(fields[4]!);
    }
  }
  return undefined;
}

function fieldsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|:)((?:\\.|[^:\\])*)/g)].map((match) => match[1]!);
}

function unescaped(field: string): string {
  return field.replaceAll(/\\(.)/g, '$1');
}
