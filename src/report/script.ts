import { applyDifferences, changesOf, differencesOf } from '../infospace/file-history.ts';
import { COPY_SCRIPT } from '../page/copy-script.ts';
import { formatBytes, formatNumber } from '../terminal/format.ts';
import { FILES_SCRIPT } from './files-script.ts';
import { FIND_SCRIPT } from './find-script.ts';
import { PLOT_SCRIPT } from './plot-script.ts';

/** The page's script: copies commands, compares two packages, filters, lists files and shows plot values. */
export const SCRIPT: string = `'use strict';
const applyDifferences = ${applyDifferences};
const changesOf = ${changesOf};
const differencesOf = ${differencesOf};
const formatBytes = ${formatBytes};
${COPY_SCRIPT}
document.addEventListener('click', ({ target }) => {
  const link = target.closest('[data-after]');
  if (link) {
    byId('after').value = link.dataset.after;
    byId('before').value = link.dataset.after - 1;
    compare();
  }
});

const embedded = byId('file-lists');
const lists = embedded && JSON.parse(embedded.textContent);

function stateAt(index) {
  const state = new Map();
  for (const found of lists.differences.slice(0, index + 1)) applyDifferences(state, found);
  return state;
}

const ROWS = 500;
const number = ${formatNumber};
const isFile = (content) => content[0] === 'file' || content[0] === 'executable';
const sizeOf = (content) => (isFile(content) ? formatBytes(content[1]) : content[0] === 'symlink' ? 'link' : 'empty folder');
const KINDS = [
  ['added', 'Added', ['Path', 'Size'], (c) => [lists.paths[c.path], sizeOf(lists.contents[c.after])]],
  ['changed', 'Changed', ['Path', 'Before', 'After'], (c) => {
    const [before, after] = [lists.contents[c.before], lists.contents[c.after]];
    const isBit = isFile(before) && isFile(after) && before[2] === after[2];
    return [lists.paths[c.path], isBit ? before[0] : sizeOf(before), isBit ? after[0] : sizeOf(after)];
  }],
  ['removed', 'Removed', ['Path', 'Size'], (c) => [lists.paths[c.path], sizeOf(lists.contents[c.before])]],
  ['renamed', 'Renamed', ['From', 'To', 'Size'], (c) => [lists.paths[c.from], lists.paths[c.path], sizeOf(lists.contents[c.after])]],
];

function listOf(title, columns, changes, cellsOf) {
  const body = make('tbody');
  const isNumber = (i) => columns[i] !== 'Path' && columns[i] !== 'From' && columns[i] !== 'To';
  const fill = (some) => {
    for (const change of some) {
      body.append(make('tr', {}, ...cellsOf(change).map((text, i) =>
        make('td', { className: isNumber(i) ? 'number' : 'path' }, make('bdi', { textContent: text })))));
    }
  };
  fill(changes.slice(0, ROWS));
  const head = make('thead', {}, make('tr', {}, ...columns.map((text, i) =>
    make('th', { scope: 'col', className: isNumber(i) ? 'number' : '', textContent: text }))));
  const list = make('details', { open: true }, make('summary', {}, title + ' ', make('span', { className: 'count', textContent: number(changes.length) })),
    make('table', {}, head, body));
  if (changes.length > ROWS) {
    const more = make('button', { type: 'button', textContent: 'Show ' + number(changes.length - ROWS) + ' more' });
    more.addEventListener('click', () => { fill(changes.slice(ROWS)); more.remove(); });
    list.append(more);
  }
  return list;
}

function compare() {
  const [before, after] = [byId('before'), byId('after')].map(({ value }) => stateAt(Number(value)));
  const changes = changesOf(differencesOf(before, after), lists.paths, lists.contents);
  changes.sort((a, b) => a.path - b.path);
  const bytes = (state) => [...state.values()].reduce((sum, content) => sum + lists.contents[content][1], 0);
  const grown = bytes(after) - bytes(before);
  const shown = KINDS.map((kind) => [kind, changes.filter(({ status }) => status === kind[0])]).filter(([, found]) => found.length > 0);
  byId('compared').textContent = shown.length === 0
    ? 'No difference: ' + number(after.size) + ' entries are the same.'
    : shown.map(([kind, found]) => number(found.length) + ' ' + kind[0]).join(', ') + '; ' +
      (grown === 0 ? 'the same size' : formatBytes(Math.abs(grown)) + (grown > 0 ? ' more' : ' less')) + ' in all.';
  byId('changes').replaceChildren(...shown.map(([[, title, columns, cellsOf], found]) => listOf(title, columns, found, cellsOf)));
}

if (byId('after')) {
  byId('after').value = lists.differences.length - 1;
  byId('before').value = lists.differences.length - 2;
  byId('before').addEventListener('change', compare);
  byId('after').addEventListener('change', compare);
  byId('swap').addEventListener('click', () => {
    [byId('before').value, byId('after').value] = [byId('after').value, byId('before').value];
    compare();
  });
  compare();
}
${FIND_SCRIPT}${FILES_SCRIPT}${PLOT_SCRIPT}`;
