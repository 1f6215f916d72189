import { h, outside, plain } from '../app/dom.js';

/** Jira's document format (ADF) as Jira shows it: the nodes that IssueBridge writes, others as their text. */
export function adf(node) {
  const inside = () => (node.content ?? []).map(adf);
  switch (node.type) {
    case 'doc': return h('div', { class: 'ib-adf' }, inside());
    case 'paragraph': return h('p', {}, inside());
    case 'heading': return h('p', { class: 'ib-adf-heading' }, inside());
    case 'bulletList': return h('ul', {}, inside());
    case 'orderedList': return h('ol', {}, inside());
    case 'listItem': return h('li', {}, inside());
    case 'blockquote': return h('blockquote', {}, inside());
    case 'codeBlock': return h('pre', { tabindex: 0 }, inside());
    case 'rule': return h('hr');
    case 'hardBreak': return h('br');
    case 'table': return h('table', { class: 'ib-adf-table' }, h('tbody', {}, inside()));
    case 'tableRow': return h('tr', {}, inside());
    case 'tableHeader': return h('th', { scope: 'row' }, inside());
    case 'tableCell': return h('td', {}, inside());
    case 'text': return (node.marks ?? []).reduce(marked, document.createTextNode(plain(node.text ?? '')));
    default: return h('span', {}, inside());
  }
}

function marked(inner, mark) {
  switch (mark.type) {
    case 'strong': return h('strong', {}, inner);
    case 'em': return h('em', {}, inner);
    case 'code': return h('code', {}, inner);
    case 'strike': return h('s', {}, inner);
    case 'link': return outside(mark.attrs?.href, inner);
    default: return inner;
  }
}
