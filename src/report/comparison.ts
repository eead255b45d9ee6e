import type { ReportedPackage } from '../infospace/report.ts';
import { embeddedJson, type Html, html } from '../page/html.ts';
import { formatCount, printable } from '../terminal/format.ts';
import type { FileLists } from './file-lists.ts';
import { labelOf } from './timeline.ts';

/** The form that compares two packages; the page's script does the rest. */
export function renderComparison(compared: readonly ReportedPackage[], lists: FileLists): Html {
  const leftOut =
    lists.leftOut === 0
      ? null
      : html`<p class="quiet">The file lists of the ${formatCount(lists.leftOut, 'oldest package')} were left out, to keep this page small.</p>`;
  if (compared.length < 2) {
    return html`<p class="quiet">No two packages here can be compared by their files.</p>${leftOut}`;
  }
  const options = compared
    .map((found, i) => html`<option value="${i}">${printable(labelOf(found))}</option>`)
    .reverse();
  return html`<noscript><p>Only the comparison needs JavaScript.</p></noscript>
    <div class="scripted card compare">
      <form>
        <label>From <select id="before">${options}</select></label>
        <label>To <select id="after">${options}</select></label>
        <button type="button" id="swap">Swap</button>
      </form>
      <p id="compared" role="status"></p>
      <div id="changes"></div>
    </div>${leftOut}`;
}

/** The files of these packages, for the page's script. */
export function embeddedLists(compared: readonly ReportedPackage[], lists: FileLists): Html {
  const data = {
    labels: compared.map((found) => printable(labelOf(found))),
    paths: lists.paths.map(printable),
    contents: lists.contents,
    differences: lists.differences,
  };
  return html`<script type="application/json" id="file-lists">${embeddedJson(data)}</script>`;
}
