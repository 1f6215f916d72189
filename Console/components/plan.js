import { h } from '../app/dom.js';
import { badge } from './badges.js';
import { card } from './facts.js';
import { table } from './table.js';

const most = 160;
const verbs = { create: 'created', update: 'changed', delete: 'deleted' };

/** What a dry run found: issue by issue, and field by field where one would change. */
export function plan(found) {
  const rows = table({
    caption: 'What a sync would change, issue by issue',
    key: (change) => change.key,
    columns: [
      { label: 'Issue', kind: 'name', draw: (change) => change.key },
      { label: 'Would be', draw: (change) => badge(verbs[change.action] ?? change.action) },
      { label: 'Fields', kind: 'main', draw: (change) => fields(change.fields) },
    ],
  });
  rows.show(found.changes);
  // Long texts may need to be scrolled: the keyboard must reach them.
  rows.element.tabIndex = 0;
  rows.element.setAttribute('role', 'region');
  rows.element.setAttribute('aria-label', 'The plan');
  const requests = `Reading took ${count(found.requests, 'request')}; a sync takes as many.`;
  return card('Issue by issue', [
    found.changes.length > 0 ? rows.element : h('p', { class: 'mb-1' }, 'Nothing would change.'),
    found.omitted > 0 && h('p', { class: 'mb-1' }, `and ${count(found.omitted, 'more issue')}.`),
    h('p', { class: 'text-body-secondary mb-0' }, requests),
  ]);
}

const count = (number, noun) => `${number.toLocaleString()} ${noun}${number === 1 ? '' : 's'}`;

function fields(changes) {
  if (changes.length === 0) return '';
  return h('ul', { class: 'ib-plain' }, changes.map((change) => h('li', {},
    h('strong', {}, change.field), ': ', said(change.from), ' → ', said(change.to))));
}

function said(value) {
  if (value === null || value === '') return 'nothing';
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'nothing';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
