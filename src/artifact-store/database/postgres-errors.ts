import { ArchiveError, type ErrorCode, systemErrorCode } from '../errors.ts';
import { TransactionAborted } from './aborted.ts';
import { URL_VARIABLE } from './postgres-url.ts';

/** Reset, broken, closed by the server: the session is lost. */
const DIED = ['ECONNRESET', 'EPIPE', '08003', '08006', '57P01', '57P02', '57P05'];
/** `pg` has no code for these. The second is thrown for a session that was lost while idle. */
const DIED_MESSAGE = /^(Connection terminated|Client .* is not queryable)/i;

/** Other transient errors: refused, timed out; starting, full. */
const PASSING = [
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  '08000',
  '08001',
  '53300',
  '57P03',
];
const PASSING_MESSAGE = /^(timeout (exceeded|expired)|Query read timeout)/i;

/** Whether a retry may succeed. */
export function isPassing(error: unknown): boolean {
  return hasDied(error) || PASSING.includes(systemErrorCode(error) ?? '') || PASSING_MESSAGE.test(messageOf(error));
}

/** Whether the session of a statement is lost, rather than slow. */
function hasDied(error: unknown): boolean {
  return DIED.includes(systemErrorCode(error) ?? '') || DIED_MESSAGE.test(messageOf(error));
}

/** Whether the server has no usable TLS, or accepts the role only with or only without it. */
export function refusesEncryption(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  if (SQLSTATE.test(code)) return code === '28000';
  return !isPassing(error) && !STRANGER.test(messageOf(error)) && /CERT|SSL|TLS/i.test(`${code} ${messageOf(error)}`);
}

/** The server has rolled the transaction back because of a concurrent one. */
function isAborted(error: unknown): boolean {
  return ['40001', '40P01'].includes(systemErrorCode(error) ?? '');
}

type Meaning = [code: ErrorCode, remedy: string];
const config = (remedy: string): Meaning => ['CONFIG_INVALID', remedy];
const unavailable = (remedy: string): Meaning => ['STORE_UNAVAILABLE', remedy];

const READ_ONLY = unavailable(
  'the server is read-only; name the primary, or with several hosts add target_session_attrs=read-write',
);
const TOO_SLOW = (setting: string) =>
  unavailable(`the server gave up after its ${setting}; raise it for the role (alter role ... set ${setting} = ...)`);

/** By SQLSTATE, else by its two-character class, and by Node.js code. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '08': unavailable('the connection failed; try again'),
  '08004': unavailable('the server rejected the connection; check its limits and those of the pooler'),
  '08P01': config(
    `the server or a pooler in front of it rejected the parameters; check those in ${URL_VARIABLE} and the configuration of the pooler`,
  ),
  '0A': config('the server lacks a needed feature; use PostgreSQL 14 or newer'),
  '22': config('the server rejected a value'),
  '22021': config("the database's encoding cannot store a text; use a database with encoding UTF8"),
  '22P05': config("the database's encoding cannot store a text; use a database with encoding UTF8"),
  '23': ['STATE_CONFLICT', 'the change contradicts existing rows; run "infospace-archive store check --deep"'],
  '25': unavailable('the transaction was in an invalid state; try again'),
  '25006': READ_ONLY,
  '25P03': TOO_SLOW('idle_in_transaction_session_timeout'),
  '25P04': TOO_SLOW('transaction_timeout'),
  '26': config('a pooler mixed up prepared statements; use it in transaction or session mode'),
  '28': config(
    `the role may not log in this way; correct user, database or sslmode in ${URL_VARIABLE}, or the server's pg_hba.conf`,
  ),
  '28P01': config(`the password is wrong; correct ${URL_VARIABLE}`),
  '3D': config(`there is no such database; create it or correct ${URL_VARIABLE}`),
  '3F': config(
    `there is no such schema; create it, run "infospace-archive store init" or correct schema= in ${URL_VARIABLE}`,
  ),
  '40': unavailable('the server rolled the transaction back; try again'),
  '42': config('the tables are from another version; run "infospace-archive store init", or name another schema'),
  '42501': config(
    'the role lacks a permission; grant it usage on the schema and select, insert, update and delete on its tables (and for "store init" create)',
  ),
  '42939': config(`the name of the schema is reserved; correct schema= in ${URL_VARIABLE}`),
  '53': unavailable('the server ran out of resources; give it more'),
  '53100': unavailable("the server's disk is full; free some space"),
  '53300': unavailable('it has too many connections; raise max_connections or run fewer jobs at once'),
  '54': unavailable('a limit of the server was exceeded; check its configuration'),
  '55': unavailable('another process uses the object; try again'),
  '55P03': TOO_SLOW('lock_timeout'),
  '57': unavailable('the server was stopped or canceled the query; try again'),
  '57014': TOO_SLOW('statement_timeout'),
  '58': unavailable("the server's disk or system failed; check its log"),
  F0: config("the server's configuration file has an error; check its log"),
  XX: unavailable('the server has an internal error; check its log'),
  XX001: unavailable(
    'the database is damaged; restore it from a backup or run "infospace-archive store rebuild" into another one',
  ),
  XX002: unavailable('an index of the database is damaged; rebuild it (reindex)'),
  EACCES: config(`permission is denied to its socket; correct ${URL_VARIABLE} or run as another user`),
  ENOENT: config(`its socket does not exist; start the server or correct the host in ${URL_VARIABLE}`),
  ENOTFOUND: config(`the host is unknown; correct ${URL_VARIABLE}`),
};

/** pg's messages for another protocol, or an unknown authentication method. */
const STRANGER = /establishing an SSL connection|received invalid response|message type/;

const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/** Messages that are more specific than their code. */
const MESSAGES: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [
    /unsupported startup parameter/,
    config(
      `a pooler does not pass on session settings; remove "options" from ${URL_VARIABLE}, or list it in the pooler's ignore_startup_parameters`,
    ),
  ],
  [
    /statement pooling mode/,
    config('the pooler does not support transactions; set it to pool_mode=transaction or session'),
  ],
  [/during recovery/, READ_ONLY],
  [/password authentication failed|SASL: SCRAM-SERVER-FINAL/, config(`the password is wrong; correct ${URL_VARIABLE}`)],
  [
    /not support SSL|SSL (connection )?(is )?required/i,
    config(`TLS could not be negotiated; correct sslmode in ${URL_VARIABLE}`),
  ],
  [
    STRANGER,
    config(
      `the server does not speak PostgreSQL's protocol, or requires an unsupported login (GSSAPI, SSPI); correct ${URL_VARIABLE}`,
    ),
  ],
  [
    /SASL|channel binding/i,
    config(`no login method could be negotiated; check the role's password and channel_binding in ${URL_VARIABLE}`),
  ],
];

/** The session of a statement was lost, so the server rolls its transaction back; it can be retried in another session. */
export class SessionLost extends TransactionAborted {}

/** {@link explain} for the error of a statement, which can be retried if its session was lost. */
export function explainQuery(error: unknown, where: string): ArchiveError {
  const explained = explain(error, where);
  if (explained === error || !hasDied(error)) return explained;
  return new SessionLost(explained.message, error);
}

/** @returns an error that names the server, quotes its message and gives the remedy. */
export function explain(error: unknown, where: string): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const message = messageOf(error);
  const sentence = (remedy: string) => `Could not use the registry at ${where} ("${message}"): ${remedy}.`;
  if (isAborted(error)) return new TransactionAborted(sentence(MEANINGS['40']![1]), error);
  const [kind, remedy] = meaningOf(error, systemErrorCode(error) ?? '', message);
  return new ArchiveError(kind, sentence(remedy), error);
}

function meaningOf(error: unknown, code: string, message: string): Meaning {
  const known = MESSAGES.find(([pattern]) => pattern.test(message));
  const meaning = known?.[1] ?? MEANINGS[code] ?? (SQLSTATE.test(code) ? MEANINGS[code.slice(0, 2)] : undefined);
  if (meaning !== undefined) return meaning;
  if (isPassing(error)) return unavailable('it cannot be reached; try again');
  if (/CERT|SSL|TLS/i.test(`${code} ${message}`)) {
    return config(`TLS could not be negotiated; correct sslmode or sslrootcert in ${URL_VARIABLE}`);
  }
  return unavailable(`it answered with an error (${code || 'without a code'}); check its log`);
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message)
    .trim()
    .split('\n')[0]!;
}
