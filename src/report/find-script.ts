/** Filters and sorts the packages. Their texts are read before any is unfolded. */
export const FIND_SCRIPT: string = `
const body = document.querySelector('.timeline tbody');
if (body) {
  const rows = [...body.rows].map((row, at) => ({ row, at, text: row.textContent.toLowerCase(), size: Number(row.dataset.size), entries: Number(row.dataset.entries) }));
  const ORDERS = {
    newest: (a, b) => a.at - b.at,
    oldest: (a, b) => b.at - a.at,
    size: (a, b) => b.size - a.size || a.at - b.at,
    entries: (a, b) => b.entries - a.entries || a.at - b.at,
  };
  const find = () => {
    const text = byId('search').value.trim().toLowerCase();
    for (const { row, text: own } of rows) row.hidden = !own.includes(text);
    const shown = rows.filter(({ row }) => !row.hidden).length;
    byId('found').textContent = text === '' ? '' : number(shown) + ' of ' + number(rows.length) + ' packages';
  };
  byId('find').addEventListener('submit', (event) => event.preventDefault());
  byId('search').addEventListener('input', find);
  byId('sort').addEventListener('change', ({ target }) => {
    body.append(...rows.toSorted(ORDERS[target.value]).map(({ row }) => row));
  });
}
`;
