import { type ConnectionOptions, createSecureContext, getCACertificates } from 'node:tls';
import { readOutsideText } from '../outside-file.ts';
import type { PostgresHost, PostgresSettings } from './postgres-settings.ts';
import type { SslMode, TlsSettings } from './postgres-tls-settings.ts';
import { invalidParameter, type Parameter } from './postgres-url.ts';

/** Bundles of all public authorities have 250 KB. */
const MAX_PEM_BYTES = 16 * 1024 * 1024;

/** TLS options, or false for plain text. */
export type Encryption = ConnectionOptions | false;

/**
 * The encryptions to try for a host, in libpq's order. A socket never has TLS.
 * @throws ArchiveError `CONFIG_INVALID` naming the parameter whose file cannot be used.
 */
export function encryptionsFor({ tls }: PostgresSettings): (host: PostgresHost) => readonly Encryption[] {
  const encrypted: Encryption = tls.mode === 'disable' ? false : connectionOptions(tls);
  const tries: Partial<Record<SslMode, Encryption[]>> = { allow: [false, encrypted], prefer: [encrypted, false] };
  return (host) => (isSocket(host) ? [false] : (tries[tls.mode] ?? [encrypted]));
}

function isSocket({ host }: Pick<PostgresHost, 'host'>): boolean {
  return host.startsWith('/');
}

/** Whether the connection stays on this machine. */
export function isLocal({ host }: Pick<PostgresHost, 'host'>): boolean {
  return isSocket({ host }) || /^(localhost|127(\.\d+){3}|::1|.*\.localhost)$/i.test(host);
}

function connectionOptions(tls: TlsSettings): ConnectionOptions {
  const { mode, rootCertificate, certificate, key, revoked, keyPassword, minVersion, maxVersion } = tls;
  const verified = rootCertificate !== undefined || mode.startsWith('verify-');
  const options: ConnectionOptions = {
    // As in libpq, `require` with a root certificate is `verify-ca`.
    rejectUnauthorized: verified,
    ...(verified && mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(rootCertificate && { ca: authorities(rootCertificate) }),
    ...(certificate && { cert: contentOf(certificate) }),
    ...(key && { key: contentOf(key) }),
    ...(revoked && { crl: contentOf(revoked) }),
    ...(keyPassword !== undefined && { passphrase: keyPassword }),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const given = [rootCertificate, certificate, key, revoked].find((parameter) => parameter !== undefined);
    if (given === undefined) throw error;
    const names = [rootCertificate, certificate, key, revoked].flatMap((parameter) => parameter?.value ?? []);
    throw invalidParameter(
      given.origin,
      `or another TLS parameter names no usable PEM file (${names.join(', ')}); check the files, and sslpassword for an encrypted key`,
      error,
    );
  }
  return options;
}

function authorities(root: Parameter): string[] {
  return root.value === 'system'
    ? [...getCACertificates('system'), ...getCACertificates('default')]
    : [contentOf(root)];
}

function contentOf({ value, origin }: Parameter): string {
  let content: string | undefined;
  try {
    content = readOutsideText(value, MAX_PEM_BYTES);
  } catch (error) {
    throw invalidParameter(origin, `names a file that cannot be read: ${value}`, error);
  }
  if (content === undefined) throw invalidParameter(origin, `names a file that does not exist: ${value}`);
  // Node.js ignores a file without certificates.
  if (!content.includes('-----BEGIN ')) throw invalidParameter(origin, `names a file that is not PEM: ${value}`);
  return content;
}
