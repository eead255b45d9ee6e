import { ArchiveError } from '../errors.ts';

/** A hybrid recipient (ML-KEM-768 and X25519), or an older one (X25519 only): https://age-encryption.org/v1. */
const HYBRID_RECIPIENT = /^age1pq1[0-9a-z]{1900,2000}$/;
const CLASSICAL_RECIPIENT = /^age1[0-9a-z]{58}$/;
const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,100}$/;

/** Loaded on demand: it takes most of a second, and only encrypted stores need it. */
function loadAge(): Promise<typeof import('age-encryption')> {
  return import('age-encryption');
}

/** Generates an identity and its recipient. */
export async function generateIdentity(): Promise<{ identity: string; recipient: string }> {
  const { generateHybridIdentity, identityToRecipient } = await loadAge();
  const identity = await generateHybridIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The recipient of an identity. */
export async function recipientOf(identity: string): Promise<string> {
  return (await loadAge()).identityToRecipient(identity);
}

/**
 * Returns the distinct recipients in sorted order.
 *
 * @throws ArchiveError `USAGE` for an invalid recipient, and for a mixture of both kinds: a key is only as safe as its weakest
 * recipient, and a quantum computer could break the classical ones.
 */
export async function checkRecipients(recipients: readonly string[]): Promise<string[]> {
  const distinct = [...new Set(recipients)].sort();
  if (distinct.length === 0)
    throw new ArchiveError('USAGE', 'An encrypted store needs a recipient; name one with --recipient.');
  const { Encrypter } = await loadAge();
  for (const recipient of distinct) {
    try {
      if (!HYBRID_RECIPIENT.test(recipient) && !CLASSICAL_RECIPIENT.test(recipient))
        throw new Error('not an age recipient');
      new Encrypter().addRecipient(recipient);
    } catch (error) {
      // An identity given by mistake must not appear in the message.
      const shown = recipient.startsWith('age1') ? JSON.stringify(shortRecipient(recipient)) : 'The given text';
      const sentence = `${shown} is not a recipient; use one that "store key generate" printed, which begins with "age1pq1".`;
      throw new ArchiveError('USAGE', sentence, error);
    }
  }
  const hybrid = distinct.filter((recipient) => HYBRID_RECIPIENT.test(recipient));
  if (hybrid.length > 0 && hybrid.length < distinct.length) {
    throw new ArchiveError(
      'USAGE',
      'Recipients that begin with "age1pq1" and with only "age1" cannot be mixed, since a quantum computer could break the latter; use one kind.',
    );
  }
  return distinct;
}

/** Shortens a recipient for messages. */
export function shortRecipient(recipient: string): string {
  return recipient.length <= 24 ? recipient : `${recipient.slice(0, 14)}…${recipient.slice(-8)}`;
}

/**
 * Reads the identities in a file of age(1): one a line, with empty lines and comments.
 *
 * @throws ArchiveError `CONFIG_INVALID`, whose message quotes nothing from the file.
 */
export function parseIdentities(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length > 0 && identities.every((line) => IDENTITY.test(line))) return identities;
  throw new ArchiveError(
    'CONFIG_INVALID',
    'ARTIFACTSTORE_IDENTITY does not contain an identity; use the file that "store key generate" wrote, with a line "AGE-SECRET-KEY-PQ-1…".',
  );
}

/** Encrypts a key for all recipients. */
export async function sealForRecipients(recipients: readonly string[], key: Uint8Array): Promise<Uint8Array> {
  const { Encrypter } = await loadAge();
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(key);
}

/** Returns undefined when no identity can open the key, or when it is damaged. */
export async function openForIdentities(
  identities: readonly string[],
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { Decrypter } = await loadAge();
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(sealed);
  } catch {
    // Only the error's text distinguishes the two cases, and both are tried again with another copy or identity.
    return undefined;
  }
}
