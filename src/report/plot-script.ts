/** Shows the values of a plot at the pointer, and by keyboard with the slider below it. */
export const PLOT_SCRIPT: string = `
for (const slider of document.querySelectorAll('[data-values]')) {
  const values = JSON.parse(slider.dataset.values);
  const plot = slider.closest('.plot');
  const drawn = plot.querySelector('svg');
  const show = (at) => {
    slider.value = at;
    slider.setAttribute('aria-valuetext', values[at]);
    plot.querySelector('.value').textContent = values[at];
  };
  slider.addEventListener('input', () => show(Number(slider.value)));
  drawn.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = drawn.getBoundingClientRect();
    const at = Math.floor(((clientX - left) / width) * Number(slider.dataset.slots));
    if (at >= 0 && at < values.length) show(at);
  });
  show(values.length - 1);
}
`;
