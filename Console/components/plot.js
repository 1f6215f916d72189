import { h } from '../app/dom.js';

let chart;
/** Chart.js, loaded by the first plot; null where it is not installed. */
function library() {
  chart ??= import('/console/vendor/chart.min.js').then(() => globalThis.Chart ?? null).catch(() => null);
  return chart;
}

/** Colours of series, told apart also by who sees few colours; light and dark. */
const palette = { light: ['#3347b0', '#b02a37', '#146c43', '#8a5a00', '#6b3fa0', '#555f69'], dark: ['#a9b8ff', '#ea868f', '#75b798', '#ffda6a', '#c5a3f5', '#adb5bd'] };
const dashes = [[], [6, 3], [2, 3], [10, 4, 2, 4], [1, 2], [8, 2]];

/**
 * A plot, with its figures as a table beneath for who cannot see it.
 *
 * { title, kind: 'line' | 'bar', labels, series: [{ name, values }], stacked, most }
 */
export function plot({ title, kind = 'line', labels, series, stacked = false, most }, signal) {
  const canvas = h('canvas', { role: 'img', 'aria-label': title });
  const box = h('div', { class: 'ib-plot' }, canvas);
  const figures = h('details', { class: 'ib-small' }, h('summary', {}, 'Figures'),
    h('div', { class: 'ib-figures', tabindex: 0, role: 'region', 'aria-label': `Figures: ${title}` }, h('table', { class: 'ib-table ib-table-plain' },
      h('caption', { class: 'visually-hidden' }, title),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, ''), series.map((one) => h('th', { scope: 'col', class: 'number' }, one.name)))),
      h('tbody', {}, labels.map((label, index) => h('tr', {}, h('th', { scope: 'row' }, label), series.map((one) => h('td', { class: 'number' }, one.values[index] ?? '–'))))))));
  let drawn;
  library().then((Chart) => {
    if (signal.aborted) return;
    if (!Chart) { box.hidden = true; figures.open = true; return; }
    drawn = new Chart(canvas, configuration());
  });
  const recolour = () => {
    if (!drawn) return;
    const next = configuration();
    drawn.data = next.data;
    drawn.options = next.options;
    drawn.update('none');
  };
  document.addEventListener('themechange', recolour, { signal });
  signal.addEventListener('abort', () => drawn?.destroy());

  function configuration() {
    const dark = document.documentElement.dataset.bsTheme === 'dark';
    const colours = palette[dark ? 'dark' : 'light'];
    const ink = dark ? '#ced4da' : '#343a40';
    const grid = { color: dark ? '#343a40' : '#e3e6ea' };
    return {
      type: kind,
      data: { labels, datasets: series.map((one, index) => ({
        label: one.name, data: one.values, borderColor: colours[index % 6], backgroundColor: kind === 'bar' ? colours[index % 6] : 'transparent',
        borderDash: kind === 'line' ? dashes[index % 6] : [], borderWidth: kind === 'line' ? 2 : 0, pointRadius: labels.length > 20 ? 0 : 2, spanGaps: true,
      })) },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, interaction: { mode: 'index', intersect: false },
        scales: {
          x: { stacked, grid: { display: false }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 16 } },
          y: { stacked, beginAtZero: true, max: most, grid, ticks: { color: ink, precision: 0, maxTicksLimit: 6 } },
        },
        plugins: { legend: { display: series.length > 1, labels: { color: ink, boxWidth: 14 } } },
      },
    };
  }
  return h('div', {}, box, figures);
}

const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const hourFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
/** A date (2026-11-23) or a time as a short label. */
export const dayLabel = (text) => dayFormat.format(new Date(text.length === 10 ? `${text}T00:00:00Z` : text));
export const hourLabel = (text) => hourFormat.format(new Date(text));
