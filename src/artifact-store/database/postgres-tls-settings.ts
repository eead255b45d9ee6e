import { invalidParameter, oneOf, type Parameter, type Parameters } from './postgres-url.ts';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
type TlsVersion = (typeof TLS_VERSIONS)[number];

export interface TlsSettings {
  mode: SslMode;
  /** `system`, or the path of a file. */
  rootCertificate: Parameter | undefined;
  certificate: Parameter | undefined;
  key: Parameter | undefined;
  revoked: Parameter | undefined;
  keyPassword: string | undefined;
  minVersion: TlsVersion | undefined;
  maxVersion: TlsVersion | undefined;
  /** TLS from the first byte. */
  direct: boolean;
}

/** In asyncpg and JDBC `ssl=true` verifies the server, so it must here. */
const SSL_MODE_SYNONYMS: Readonly<Record<string, SslMode>> = { true: 'verify-full', false: 'disable' };

/** @throws ArchiveError `CONFIG_INVALID` naming an invalid parameter, or one that requires another. */
export function readTls(parameters: Parameters): TlsSettings {
  const root = parameters.get('sslrootcert');
  const mode = parameters.get('sslmode');
  const synonym = mode?.origin.includes('"ssl"') ? SSL_MODE_SYNONYMS[mode.value.toLowerCase()] : undefined;
  const tls: TlsSettings = {
    mode: synonym ?? oneOf(mode, SSL_MODES) ?? (root?.value === 'system' ? 'verify-full' : 'prefer'),
    rootCertificate: root,
    certificate: parameters.get('sslcert'),
    key: parameters.get('sslkey'),
    revoked: parameters.get('sslcrl'),
    keyPassword: parameters.get('sslpassword')?.value,
    minVersion: oneOf(parameters.get('ssl_min_protocol_version'), TLS_VERSIONS),
    maxVersion: oneOf(parameters.get('ssl_max_protocol_version'), TLS_VERSIONS),
    direct: oneOf(parameters.get('sslnegotiation'), ['postgres', 'direct'] as const) === 'direct',
  };
  refuseWeak(tls, parameters);
  return tls;
}

function refuseWeak(tls: TlsSettings, parameters: Parameters): void {
  const { mode, rootCertificate, certificate, key, direct } = tls;
  if (rootCertificate?.value === 'system' && mode !== 'verify-full' && mode !== 'disable') {
    throw invalidParameter(
      rootCertificate.origin,
      `is "system", which with sslmode=${mode} would accept anybody's certificate; use sslmode=verify-full`,
    );
  }
  if (mode === 'verify-ca' && rootCertificate === undefined) {
    const { origin } = parameters.get('sslmode')!;
    throw invalidParameter(
      origin,
      'is "verify-ca", which needs sslrootcert, the certificate of your authority; name its file or use verify-full',
    );
  }
  if ((certificate === undefined) !== (key === undefined)) {
    throw invalidParameter(
      (certificate ?? key)!.origin,
      `needs ${certificate ? 'sslkey' : 'sslcert'} too; give both or neither`,
    );
  }
  if (direct && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw invalidParameter(
      parameters.get('sslnegotiation')!.origin,
      `is "direct", which sslmode=${mode} may not use; use sslmode=require or stronger`,
    );
  }
}
