import { isContentEntry, type Manifest } from '../artifact-store/manifest/model.ts';
import { shortId } from '../artifact-store/package-names.ts';
import type { Label, Note, PackageSummary, Registry } from '../artifact-store/registry.ts';
import type { RetentionState } from '../artifact-store/retention/state.ts';
import { sizeOf } from './certificate.ts';
import { formatBytes, formatCount, formatFields, largest, printable, untilText } from './format.ts';
import { localTime } from './local-time.ts';

/** What people added to a package, and its retention. */
interface PackageState {
  note: Note | undefined;
  labels: Label[];
  state: RetentionState;
}

/** Summarizes a package, the most wanted facts first. */
export async function renderPackage(found: PackageSummary, registry: Registry): Promise<string> {
  const manifest = await registry.getManifest(found.id);
  const [note] = await registry.listNotes(found.id);
  const labels = (await registry.listLabels(found.subject)).filter(({ packageId }) => packageId === found.id);
  return render(found, manifest, { note, labels, state: await registry.getRetentionState(found.id) });
}

function render(found: PackageSummary, manifest: Manifest, described: PackageState): string {
  const { note: firstNote, ...metadata } = manifest.package.metadata;
  const { note, labels, state } = described;
  const about = formatFields([
    ...noteFields(firstNote, note),
    ...(labels.length === 0 ? [] : [['labels', labels.map(({ label }) => label).join(', ')] as const]),
    ['subject', found.subject],
    ['created', localTime(found.createdAt)],
    ['contains', sizeOf(found)],
    ['kept', `${found.retentionClass}, ${untilText(found.expiresAt, localTime)}`],
    ...state.holds.map(({ reason, actor }) => ['on hold', `by ${actor}: ${reason}`] as const),
    ['short id', shortId(found.id)],
    ['manifest', found.manifestDigest],
    ['content', found.contentDigest],
    ['producer', found.producer],
    ...Object.entries(metadata),
    ...Object.entries(manifest.provenance),
  ]);
  return `Package ${found.id}\n${about}${renderTopFolders(manifest)}`;
}

/** The current note, and the first one from the manifest if it was amended. */
function noteFields(first: string | undefined, now: Note | undefined): [label: string, value: string][] {
  if (now === undefined || now.amendedAt === null) return first === undefined ? [] : [['note', first]];
  return [
    ['note', now.note],
    ['amended', `${localTime(now.amendedAt)} by ${now.actor}${first === undefined ? '' : `; at first: ${first}`}`],
  ];
}

/** Entries and bytes by top-level folder or file. */
function renderTopFolders({ files }: Manifest): string {
  const tops = new Map<string, { entries: number; bytes: number }>();
  for (const entry of files) {
    const slash = entry.path.indexOf('/');
    const top = slash < 0 ? entry.path : entry.path.slice(0, slash + 1);
    const sum = tops.get(top) ?? { entries: 0, bytes: 0 };
    sum.entries++;
    sum.bytes += isContentEntry(entry) ? entry.size : 0;
    tops.set(top, sum);
  }
  const width = largest([...tops.keys()].map((top) => printable(top).length));
  return [...tops]
    .map(
      ([top, { entries, bytes }]) =>
        `    ${printable(top).padEnd(width)}  ${formatCount(entries, 'entry', 'entries')}, ${formatBytes(bytes)}\n`,
    )
    .join('');
}
