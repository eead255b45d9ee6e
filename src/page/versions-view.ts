import { ArchiveError } from '../artifact-store/errors.ts';
import { isContentEntry } from '../artifact-store/manifest/model.ts';
import { shortId } from '../artifact-store/package-names.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { type FileVersion, fileVersions } from '../infospace/file-versions.ts';
import { patternOf } from '../infospace/glob.ts';
import { printable } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { askedPackage, askedPath, requireEntry } from './asked-package.ts';
import { entryHead } from './file-view.ts';
import { type Html, html, name } from './html.ts';
import { kindOf, sizeOf } from './kinds.ts';
import { fileLink, withQuery } from './links.ts';
import type { Asked } from './source.ts';
import { minute } from './times.ts';

/** `log` shows longer histories. */
const MAX_VERSIONS = 1000;

/** The packages in which a file is new, changed or gone, as in `log <path>`, sent as they are found. */
export async function versionsView(asked: Asked): Promise<Answer> {
  const about = await askedPackage(asked);
  const path = askedPath(asked, 'path');
  const entry = await requireEntry(asked, about.id, path);
  const head = entry === 'folder' ? html`<h1>${name(path)}</h1>` : entryHead(about, entry, 'versions');
  return page(`Versions of ${path}`, renderVersions(asked, about, path, head));
}

async function* renderVersions(asked: Asked, about: PackageSummary, path: string, head: Html): AsyncIterable<Html> {
  const { registry, root, signal } = asked;
  yield html`${head}<p class="quiet">Oldest first. The same on a command line: <code>infospace-archive log -- ${printable(path)}</code></p>
    <div class="scroll card" tabindex="0" role="region" aria-label="Versions"><table>
    <thead><tr><th scope="col">Package of</th><th scope="col">Change</th><th scope="col" class="number">Size</th><th scope="col">BLAKE3</th></tr></thead><tbody>`;
  let before: FileVersion | undefined;
  let count = 0;
  let fault: Html | null = null;
  try {
    for await (const version of fileVersions([patternOf(path)], {
      registry,
      from: root,
      subject: about.subject,
      signal,
    })) {
      // Another package has a folder of this name.
      if (version.path !== path) continue;
      yield row(version, before, about.id);
      before = version;
      if (++count < MAX_VERSIONS) continue;
      fault = html`<p>There are more; the command above shows them all.</p>`;
      break;
    }
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    fault = html`<p class="alarm">The list ends here: ${printable(error.message)}</p>`;
  }
  yield html`</tbody></table></div>${fault}`;
}

function row(
  { package: found, change, path, entry }: FileVersion,
  before: FileVersion | undefined,
  here: string,
): Html {
  const isFile = entry !== undefined && isContentEntry(entry);
  const difference =
    change === 'changed' && before !== undefined
      ? html` <a href="${withQuery('/compare/file', { before: before.package.id, after: found.id, path })}">what changed<span class="visually-hidden"> in package ${shortId(found.id)}</span></a>`
      : null;
  const made = minute(found.createdAt);
  return html`<tr><th scope="row">${entry === undefined ? made : html`<a href="${fileLink(found.id, path)}">${made}</a>`} <code>${shortId(found.id)}</code>${found.id === here ? ' (this one)' : ''}</th>
    <td>${change}${entry && kindOf(entry) !== '' ? `, ${kindOf(entry)}` : ''}${difference}</td>
    <td class="number">${entry === undefined ? '' : sizeOf(entry)}</td>
    <td>${isFile ? html`<code>${Buffer.from(entry.blake3).toString('hex').slice(0, 12)}…</code>` : null}</td></tr>`;
}
