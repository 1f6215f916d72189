import { h, outside, plain } from '../app/dom.js';

/** Jira's document format (ADF) as Jira shows it: the nodes that IssueBridge writes, others as their text. */
export function adf(node) {
  const inside = () => (node.content ?? []).map(adf);
  switch (node.type) {
    case 'doc': return h('div', { class: 'ib-adf' }, inside());
    case 'paragraph': return h('p', {}, inside());
    case 'heading': return h('p', { class: `ib-adf-heading ib-adf-heading-${Number(node.attrs?.level) || 3}` }, inside());
    case 'bulletList': return h('ul', {}, inside());
    case 'orderedList': return h('ol', {}, inside());
    case 'listItem': return h('li', {}, inside());
    case 'blockquote': return h('blockquote', {}, inside());
    case 'codeBlock': return h('pre', { tabindex: 0 }, inside());
    case 'panel': return panel(node.attrs?.panelType, inside());
    case 'rule': return h('hr');
    case 'hardBreak': return h('br');
    case 'table': return table(node.content ?? []);
    case 'text': return (node.marks ?? []).reduce(marked, document.createTextNode(plain(node.text ?? '')));
    default: return h('span', {}, inside());
  }
}

const panels = { info: 'ℹ', note: '✎', tip: '✓', success: '✓', warning: '⚠', error: '✕' };

function panel(type, inside) {
  const known = Object.hasOwn(panels, type) ? type : 'info';
  return h('div', { class: `ib-adf-panel ib-adf-panel-${known}` }, h('span', { class: 'ib-adf-icon', 'aria-hidden': 'true' }, panels[known]), h('div', {}, inside));
}

/** The first row's widths are the columns', in proportion; a first row of nothing but headings heads them. */
function table(rows) {
  const first = rows[0]?.content ?? [];
  const widths = first.map((cell) => Number(cell.attrs?.colwidth?.[0]) || null);
  const whole = widths.reduce((sum, width) => sum + width, 0);
  const headsColumns = first.length > 0 && first.every((cell) => cell.type === 'tableHeader');
  const cell = (node, isFirst) => node.type === 'tableHeader'
    ? h('th', { scope: isFirst && headsColumns ? 'col' : 'row' }, (node.content ?? []).map(adf))
    : h('td', {}, (node.content ?? []).map(adf));
  return h('div', { class: 'ib-adf-scroll' }, h('table', {},
    widths.every(Boolean) && h('colgroup', {}, widths.map((width) => h('col', { style: { width: `${(100 * width) / whole}%` } }))),
    h('tbody', {}, rows.map((row, index) => h('tr', {}, (row.content ?? []).map((one) => cell(one, index === 0)))))));
}

function marked(inner, mark) {
  switch (mark.type) {
    case 'strong': return h('strong', {}, inner);
    case 'em': return h('em', {}, inner);
    case 'code': return h('code', {}, inner);
    case 'strike': return h('s', {}, inner);
    case 'underline': return h('u', {}, inner);
    case 'link': return outside(mark.attrs?.href, inner);
    default: return inner;
  }
}
