/** Lists the files of a package when it is unfolded, and the history of each file on click. */
export const FILES_SCRIPT: string = `
function historyOf(path) {
  return lists.differences.flatMap((triples, at) => {
    const versions = [];
    for (let i = 0; i < triples.length; i += 3) {
      if (triples[i] !== path) continue;
      const [before, after] = [triples[i + 1], triples[i + 2]];
      const change = at === 0 ? 'first listed' : before === -1 ? 'added' : after === -1 ? 'removed' : 'changed';
      versions.push(make('li', {}, lists.labels[at] + ': ' + change + (after === -1 ? '' : ', ' + sizeOf(lists.contents[after]))));
    }
    return versions;
  });
}

function fileItem([path, content]) {
  const button = make('button', { type: 'button', className: 'path', ariaExpanded: 'false' }, make('bdi', { textContent: lists.paths[path] }));
  const item = make('li', {}, button, ' ', make('small', { textContent: sizeOf(lists.contents[content]) }));
  button.addEventListener('click', () => {
    const shown = item.querySelector('ol');
    if (shown) shown.remove();
    else item.append(make('ol', {}, ...historyOf(path)));
    button.ariaExpanded = String(!shown);
  });
  return item;
}

function listFiles(details) {
  const files = [...stateAt(Number(details.dataset.files))].sort(([a], [b]) => a - b);
  const list = make('ul', { className: 'paths' });
  const more = make('button', { type: 'button' });
  let wanted = files;
  const fill = () => {
    const from = list.children.length;
    list.append(...wanted.slice(from, from + ROWS).map(fileItem));
    const rest = wanted.length - list.children.length;
    more.hidden = rest === 0;
    more.textContent = 'Show ' + number(Math.min(rest, ROWS)) + ' more of ' + number(rest);
  };
  more.addEventListener('click', fill);
  const search = make('input', { type: 'search', placeholder: 'Search these files', ariaLabel: 'Search these files' });
  search.addEventListener('input', () => {
    const text = search.value.toLowerCase();
    wanted = files.filter(([path]) => lists.paths[path].toLowerCase().includes(text));
    list.replaceChildren();
    fill();
  });
  details.append(search, list, more);
  fill();
}

document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches('[data-files]') && target.children.length === 1) listFiles(target);
}, true);
`;
