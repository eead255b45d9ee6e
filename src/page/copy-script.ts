/** Used by both pages: a click on a button with `data-copy` copies that text. */
export const COPY_SCRIPT: string = `
const byId = (id) => document.getElementById(id);
const make = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
document.documentElement.classList.add('js');

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make('textarea', { value: text, className: 'visually-hidden', readOnly: true });
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied;
  }
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  const isCopied = await copy(button.dataset.copy);
  button.focus();
  button.classList.toggle('copied', isCopied);
  const folded = button.closest('.more')?.querySelector('details');
  if (!isCopied && folded) folded.open = true;
  byId('said').textContent = isCopied ? 'Copied.' : 'The browser does not allow copying; select the command.';
  setTimeout(() => { button.classList.remove('copied'); byId('said').textContent = ''; }, 2000);
});
`;
