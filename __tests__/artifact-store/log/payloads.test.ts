import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CborValue, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { packDocument } from '../../../src/artifact-store/encoding/document.ts';
import { openRegistry, rebuildStore, storeOf } from '../../../src/index.ts';
import { refusal, sampleInfospace } from '../../infospace/fixtures.ts';

/** A log of a forger: no valid change could have recorded these events. Seen to fail with unchecked payloads. */

const STORE = '01a22142-b8cb-7482-b776-f51a4b4c60f9';
const DIGEST = `blake3:${'a'.repeat(64)}`;
const PACKAGE = {
  producer: 'a',
  subject: 'b',
  created_at: '2026-01-01T00:00:00.000Z',
  retention_class: 'transient',
  expires_at: null,
  manifest_digest: DIGEST,
  content_digest: DIGEST,
  file_count: 1,
  total_bytes: 1,
};

type Forged = [type: string, kind: string, subject: string, payload: CborValue];

function infospaceWith([type, kind, subject, payload]: Forged): string {
  const root = sampleInfospace();
  const storage = join(root, 'output/archives/.store/storage');
  mkdirSync(join(storage, 'log'), { recursive: true });
  writeFileSync(join(storage, 'store.json'), JSON.stringify({ store_id: STORE, format: 3, commit: 'storage' }));
  const none = Buffer.alloc(32);
  const event = [1, '2026-01-01T00:00:00.000Z', type, kind, subject, 'somebody', encodeCbor(payload), none];
  const segment = { segment: 1, store_id: STORE, nonce: Buffer.alloc(16), previous: none, events: [event], packs: [] };
  writeFileSync(
    join(storage, 'log/0000000000000001'),
    packDocument('ASLG', encodeCbor(segment), () => undefined),
  );
  return root;
}

const finalized = (change: Record<string, CborValue>): Forged => [
  'v1.package.finalized',
  'package',
  'x',
  { ...PACKAGE, ...change },
];

test.each<Forged>([
  ['v1.package.finalized', 'package', 'x', {}],
  ['v1.package.finalized', 'package', 'x', null],
  ['v1.package.finalized', 'package', 'x', [1]],
  finalized({ manifest_digest: 5 }),
  finalized({ content_digest: 'blake3:a' }),
  finalized({ file_count: -1 }),
  finalized({ packs: {} }),
  finalized({ packs: [['packs/aa/aa', 'many']] }),
  finalized({ manifest_base: 'a' }),
  finalized({ manifest_key: 5 }),
  ['v1.package.disposed', 'package', 'x', { ...PACKAGE }],
  ['v1.package.disposed', 'package', 'nobody', { ...PACKAGE, reason: 'r' }],
  ['v1.retention.extended', 'package', 'x', { expires_at: 5, reason: 'r' }],
  ['v1.hold.applied', 'package', 'x', { hold_id: 'h', reason: 'r' }],
  ['v1.hold.released', 'package', 'x', {}],
  ['v1.label.set', 'package', 'x', { label: 'v1', reason: null }],
  ['v1.label.removed', 'package', 'x', { label: 5, subject: 's', reason: null }],
  ['v1.note.amended', 'package', 'x', {}],
  ['v1.pack.sealed', 'pack', 'packs/aa/aa', { stored_bytes: 'many' }],
  ['v1.pack.retired', 'pack', 'packs/aa/aa', {}],
  ['v1.pack.retired', 'pack', 'packs/aa/aa', { moved_to: [1] }],
  ['v1.content.damaged', 'content', 'nothing', { storage_key: 'a' }],
  ['v1.content.healed', 'content', DIGEST, {}],
])('a forged %s (%s %s, %j) is refused by name', async (...forged) => {
  const root = infospaceWith(forged);
  const refused = refusal('INTEGRITY', 'forged');
  await expect(openRegistry(root, {}, 'read')).rejects.toMatchObject(refused);
  await expect(rebuildStore(storeOf(root, {}))).rejects.toMatchObject(refused);
});
