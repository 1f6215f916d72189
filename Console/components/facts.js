import { h } from '../app/dom.js';

/** Named values, one a line; an entry that is null is left out. */
export function facts(entries) {
  return h('dl', { class: 'ib-facts' }, entries.filter(Boolean).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value ?? h('span', { class: 'ib-muted' }, '–'))]));
}

/** A card with a heading, and what can be done at its right. */
export function card(title, content, actions, properties = {}) {
  return h('section', { ...properties, class: `ib-card ${properties.class ?? ''}`, 'aria-label': title },
    h('div', { class: 'ib-card-head' }, h('h2', {}, title), actions && h('div', { class: 'ib-actions' }, actions)), content);
}

/** A large number with what it counts; it leads to the list it counts. */
export function figure(value, text, path, tone = '') {
  const inside = [h('div', { class: `ib-number ${tone}` }, typeof value === 'number' ? value.toLocaleString() : value), h('div', { class: 'ib-muted' }, text)];
  return path ? h('a', { class: 'ib-card ib-figure', href: `#${path}` }, inside) : h('div', { class: 'ib-card' }, inside);
}

/** A button. */
export function button(text, work, kind = 'outline-secondary', properties = {}) {
  return h('button', { type: 'button', class: `btn btn-sm btn-${kind}`, onclick: (event) => work(event.currentTarget), ...properties }, text);
}

/** A text with a button that copies it. */
export function copyable(text, name) {
  const told = h('span', { class: 'visually-hidden', role: 'status' });
  const copy = button('Copy', async (element) => {
    await navigator.clipboard.writeText(text);
    element.textContent = 'Copied';
    told.textContent = `${name} copied`;
    setTimeout(() => { element.textContent = 'Copy'; }, 2000);
  }, 'outline-secondary', { 'aria-label': `Copy ${name}` });
  return h('span', { class: 'ib-copy' }, h('code', {}, text), navigator.clipboard && copy, told);
}
