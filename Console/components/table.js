import { fill, h } from '../app/dom.js';

/**
 * A table that becomes cards where it has no room. Roles are stated, since a table drawn as blocks is
 * no longer one to screen readers.
 *
 * columns: { label, draw(row), kind: 'main' | 'number' | '', sort: the field's name }
 * selection: { has(row), toggle(row, on), toggleAll(rows, on) }, or nothing
 */
export function table({ caption, columns, selection, sort, onsort, key = (row) => row.id }) {
  const body = h('tbody', { role: 'rowgroup' });
  const allBox = !selection ? null : h('input', { type: 'checkbox', class: 'form-check-input', 'aria-label': 'Select all on this page' });
  let rows = [];
  let texts = new Map();

  const element = h('div', { class: 'ib-table-box' }, h('table', { class: 'ib-table', role: 'table' },
    h('caption', { class: 'visually-hidden' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' },
      selection && h('th', { role: 'columnheader', scope: 'col', class: 'check' }, allBox),
      columns.map((column) => header(column, sort, onsort)))),
    body));

  allBox?.addEventListener('change', () => { selection.toggleAll(rows, allBox.checked); mark(); });

  function line(row) {
    const box = selection && h('input', { type: 'checkbox', class: 'form-check-input', 'aria-label': `Select ${selection.name(row)}`, onchange: () => { selection.toggle(row, box.checked); mark(); } });
    return h('tr', { role: 'row', dataset: { key: key(row) } },
      box && h('td', { role: 'cell', class: 'check' }, box),
      columns.map((column) => h('td', { role: 'cell', class: column.kind, 'data-label': column.label }, column.draw(row))));
  }

  /** Shows which rows are selected. */
  function mark() {
    if (!selection) return;
    const chosen = rows.filter((row) => selection.has(row)).length;
    allBox.checked = rows.length > 0 && chosen === rows.length;
    allBox.indeterminate = chosen > 0 && chosen < rows.length;
    rows.forEach((row, index) => {
      const tr = body.children[index];
      tr.querySelector('input').checked = selection.has(row);
      tr.setAttribute('aria-selected', String(selection.has(row)));
    });
  }

  /** Puts rows in place; those that did not change stay as they are, and so does the focus. */
  function show(next) {
    const old = new Map([...body.children].map((tr) => [tr.dataset.key, tr]));
    const nextTexts = new Map();
    const lines = next.map((row) => {
      const name = String(key(row));
      const text = JSON.stringify(row);
      nextTexts.set(name, text);
      return texts.get(name) === text && old.has(name) ? old.get(name) : line(row);
    });
    rows = next;
    texts = nextTexts;
    const same = lines.length === body.children.length && lines.every((tr, index) => tr === body.children[index]);
    if (!same) {
      const focus = focused(body);
      fill(body, lines);
      focus?.();
    }
    mark();
  }

  return { element, show, mark };
}

/** A function that gives the focus back to the same control of the same row. */
function focused(body) {
  const row = document.activeElement?.closest?.('tr');
  if (!row || !body.contains(row)) return null;
  const controls = (tr) => [...tr.querySelectorAll('a, button, input, select')];
  const index = controls(row).indexOf(document.activeElement);
  return () => {
    const now = [...body.children].find((tr) => tr.dataset.key === row.dataset.key);
    if (now) controls(now)[index]?.focus();
  };
}

function header(column, sort, onsort) {
  const element = h('th', { role: 'columnheader', scope: 'col', class: column.kind });
  if (!column.sort || !onsort) return fill(element, column.label);
  const direction = sort() === column.sort ? 'ascending' : sort() === `-${column.sort}` ? 'descending' : null;
  if (direction) element.setAttribute('aria-sort', direction);
  const mark = direction === 'ascending' ? ' ↑' : direction === 'descending' ? ' ↓' : '';
  return fill(element, h('button', { type: 'button', class: 'ib-sort', onclick: () => onsort(direction === 'descending' ? column.sort : `-${column.sort}`) },
    column.label, h('span', { 'aria-hidden': 'true' }, mark)));
}
