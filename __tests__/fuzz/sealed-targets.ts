import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { packDocument, SEALED_VERSION } from '../../src/artifact-store/encoding/document.ts';
import { sealForRecipients } from '../../src/artifact-store/encryption/age.ts';
import { IdKey } from '../../src/artifact-store/encryption/id-key.ts';
import { keeperCheck, readStoreKeys } from '../../src/artifact-store/encryption/key-files.ts';
import { PackKey, SEALED_PACK_VERSION } from '../../src/artifact-store/encryption/pack-key.ts';
import { SessionKey } from '../../src/artifact-store/encryption/session-key.ts';
import { StoreKeys } from '../../src/artifact-store/encryption/store-keys.ts';
import { formatWriterKey, parseWriterKey } from '../../src/artifact-store/encryption/writer-key.ts';
import { blake3 } from '../../src/artifact-store/identity/hasher.ts';
import { decodeSegment, encodeSegment } from '../../src/artifact-store/log/segment.ts';
import { applyRuns, decodeRuns, runsOn } from '../../src/artifact-store/manifest/entry-names.ts';
import type { PackageSummary } from '../../src/artifact-store/package-summary.ts';
import { encodePackHeader, encodeTrailer, readTrailer } from '../../src/artifact-store/packs/format.ts';
import { openTable } from '../../src/artifact-store/packs/seal-pack.ts';
import { digestOfNames } from '../../src/artifact-store/packs/sealed-table.ts';
import { revealed } from '../../src/artifact-store/sealed-package.ts';
import { LocalStorage } from '../../src/artifact-store/storage/local.ts';
import type { FuzzTarget } from './targets.ts';

/**
 * The inputs of an encrypted store's readers. A writer can forge sealed bytes too, so that inputs are sealed with a
 * writer's key.
 */

const STORE = '01a22142-b8cb-7482-b776-f51a4b4c60f9';
const ID = '01a22142-b8cb-7482-b776-000000000001';
const idKey = new IdKey(Buffer.alloc(32, 1), STORE);
const keeperKey = Buffer.alloc(32, 2);
const session = new SessionKey(Buffer.alloc(16, 3), STORE, Buffer.alloc(32, 4));
const packKey = new PackKey(session, Buffer.alloc(16, 5));
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);

/** The names of eight entries. */
const NAMES = Buffer.concat(Array.from({ length: 8 }, (_, i) => idKey.entryName(Buffer.from([i]))));

const WORDS = ['session', 'nonce', 'sealed', 'contents', 'lists', 'frames', 'lengths', 'mac', '__proto__'];

export function sealedTargets(folder: string): Record<string, FuzzTarget> {
  const storage = new LocalStorage(folder);
  const checks = { check: idKey.check, keeper: keeperCheck(keeperKey, STORE) };
  const keyFile = `keys/store/1-${checks.check}`;
  const keys = new StoreKeys(storage, STORE, {
    writer: { idKey, generation: 1, recipients: [recipient] },
    identities: [identity],
  });
  const own = keys.beginSession();

  return {
    'sealed-segment': {
      run(bytes) {
        const segment = decodeSegment(
          1,
          packDocument('ASLG', bytes, () => undefined, SEALED_VERSION),
        );
        const again = decodeSegment(
          1,
          encodeSegment(segment, (body) => idKey.segmentMac(body)),
        );
        if (again.storeId !== segment.storeId || again.packs.size !== segment.packs.size)
          throw new Error('not the same');
      },
      codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
      words: [...WORDS, 'segment', 'store_id', 'previous', 'events', 'packs'],
    },
    'sealed-trailer': {
      async run(bytes) {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(bytes.length);
        const end = [bytes, blake3.hash(bytes), length, Buffer.from('KPSA')];
        const pack = Buffer.concat([encodePackHeader(packKey.nonce, SEALED_PACK_VERSION), ...end]);
        const trailer = await readTrailer('packs/aa/aa', pack.length, async (at, size) => pack.subarray(at, at + size));
        encodeTrailer(trailer);
      },
      codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
      words: [...WORDS, 'ASTR\x04\0\0\0', '\x28\xb5\x2f\xfd'],
    },
    'sealed-table': {
      run(bytes) {
        const names = digestOfNames({ contents: [], lists: [] });
        const box = packKey.sealTable(names, bytes);
        openTable({ session: session.id, nonce: packKey.nonce, names, box }, packKey, 'the pack');
      },
      codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
      words: WORDS,
    },
    'entry-names': {
      run(bytes) {
        const names = applyRuns(NAMES, decodeRuns(bytes, 'the names'), 'the names');
        const again = runsOn(NAMES, names);
        if (again && !applyRuns(NAMES, again, 'the names').equals(names)) throw new Error('not the same');
      },
      codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
      words: ['\x4c', '\x58\x18', '\x82\0\x01', '\x82\0\x08', 'name of an entry'],
    },
    'sealed-package': {
      async run(bytes) {
        const box = own.seal({ kind: 'package', packageId: ID }, bytes);
        const output = { id: ID, producer: `sealed:${box.toString('base64url')}` } as PackageSummary;
        await revealed(keys, output);
      },
      codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
      words: [
        'producer',
        'subject',
        'metadata',
        'manifest_digest',
        'content_digest',
        'file_count',
        'total_bytes',
        'note',
      ],
    },
    'key-file': {
      async run(bytes) {
        for (const file of [bytes, await sealForRecipients([recipient], bytes)]) {
          await storage.delete(keyFile);
          await storage.put(keyFile, [file]);
          const read = await readStoreKeys(storage, STORE, checks, [identity]);
          if (read && !read.idKey.isOf(checks.check)) throw new Error('the keys of another store');
        }
      },
      codes: ['INTEGRITY'],
      words: ['age-encryption.org/v1\n', '-> X25519 ', '--- ', '\n', 'writer_key', 'keeper_key', 'ASWK1-'],
    },
    'writer-key': {
      run(bytes) {
        const whole = Buffer.concat([bytes, blake3.hash(bytes).subarray(0, 4)]);
        const read = parseWriterKey(`ASWK1-${whole.toString('base64url')}`);
        if (!parseWriterKey(formatWriterKey(read)).idKey.isOf(read.idKey.check)) throw new Error('not the same');
      },
      codes: ['CONFIG_INVALID'],
      words: ['store_id', 'id_key', 'generation', 'recipients', 'age1', STORE],
    },
  };
}
