import { get } from '../app/api.js';
import { fill, h, plural } from '../app/dom.js';
import { every } from '../app/live.js';
import { filters } from './filters.js';
import { empty, errorState, loading } from './states.js';
import { table } from './table.js';

/**
 * A list of the API as a page shows it: filters and sorting kept in the address, pages by cursor,
 * rows that can be selected, and the shown page read again every few seconds.
 *
 * { path, caption, filters, columns, sort: the first one, fixed: parameters always sent, limit,
 *   select: { name(row), actions(rows, clear) }, empty: { title, text, action }, live: seconds,
 *   paged: false within a card that names it, the first page only, rows(data): a chance to change or enrich what came }
 */
export function list(context, options) {
  const { signal } = context;
  const fields = options.filters ?? [];
  let values = pick(context.query, fields.map((field) => field.name));
  let sort = context.query.sort ?? options.sort;
  let cursor = context.query.cursor;
  const behind = [];
  let shown;
  const chosen = new Map();

  const status = h('div', { class: 'visually-hidden', role: 'status' });
  const place = h('div');
  const bar = h('div', { class: 'ib-selection', hidden: true });
  const pager = h('nav', { class: 'ib-pager', 'aria-label': `Pages of ${options.caption}`, hidden: true });
  const element = h(options.paged === false ? 'div' : 'section', { 'aria-label': options.paged === false ? null : options.caption },
    fields.length > 0 && filters(fields, values, (next) => { values = next; begin(); }), status, place, bar, pager);

  const selection = options.select && {
    name: options.select.name,
    has: (row) => chosen.has(row.id),
    toggle: (row, on) => { if (on) chosen.set(row.id, row); else chosen.delete(row.id); tellChosen(); },
    toggleAll: (rows, on) => { for (const row of rows) if (on) chosen.set(row.id, row); else chosen.delete(row.id); tellChosen(); },
  };

  const clear = () => { chosen.clear(); shown?.mark(); tellChosen(); };

  function tellChosen() {
    bar.hidden = chosen.size === 0;
    if (chosen.size === 0) return;
    const rows = [...chosen.values()];
    fill(bar, h('strong', {}, `${plural(rows.length, 'item')} selected`),
      h('div', { class: 'ib-actions' }, options.select.actions(rows, clear), h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', onclick: clear }, 'Clear selection')));
  }

  /** From the first page, after a filter or the sorting changed. */
  function begin() {
    cursor = undefined;
    behind.length = 0;
    clear();
    read();
  }

  let asked = 0;
  async function fetchPage() {
    const query = { limit: options.limit ?? 50, ...options.fixed, ...values, sort, cursor };
    const page = await get(options.path, query, signal);
    return { rows: options.rows ? await options.rows(page.data) : page.data, next: page.next_cursor };
  }

  async function read(step = false) {
    const turn = ++asked;
    context.setQuery({ ...values, ...(sort !== options.sort && { sort }), cursor }, step);
    shown = undefined;
    fill(place, loading(`Loading ${options.caption}`));
    fill(pager);
    try {
      const page = await fetchPage();
      if (turn === asked) present(page, true);
    } catch (error) {
      if (signal.aborted || turn !== asked) return;
      fill(place, errorState(error, () => read()));
    }
  }

  function present({ rows, next }, tell) {
    if (tell) status.textContent = rows.length === 0 ? 'Nothing found' : `${plural(rows.length, 'row')} shown`;
    if (rows.length === 0) {
      shown = undefined;
      const filtered = Object.keys(values).length > 0;
      fill(place, filtered ? empty('Nothing matches', 'Change or clear the filters.') : empty(options.empty.title, options.empty.text, options.empty.action?.()));
    } else {
      if (!shown) {
        shown = table({ caption: options.caption, columns: options.columns, selection, key: options.key, sort: () => sort, onsort: options.sort && ((field) => { sort = field; begin(); }) });
        fill(place, shown.element);
      }
      shown.show(rows);
    }
    if (!tell) return;
    fill(pager, steps(next));
    pager.hidden = pager.childElementCount === 0;
  }

  function steps(next) {
    if (options.paged === false || (!next && !cursor)) return null;
    const button = (text, usable, work) => h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', disabled: !usable, onclick: work }, text);
    return [
      button(behind.length > 0 ? 'Previous page' : 'First page', Boolean(cursor), () => { cursor = behind.pop(); read(true); }),
      button('Next page', Boolean(next), () => { behind.push(cursor); cursor = next; read(true); }),
    ];
  }

  /** Reads the shown page again without a flicker. */
  async function refresh() {
    const turn = asked;
    const page = await fetchPage();
    if (turn === asked && !place.querySelector('.ib-error')) present(page, false);
  }

  if (options.live !== 0) every(options.live ?? 10, signal, refresh);
  read();
  return { element, refresh, read };
}

const pick = (object, names) => Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));

/** The head of a page: where it is, what it is called, what it is for, what can be done. */
export function head(title, text, actions, crumbs) {
  return h('div', { class: 'ib-head' },
    h('div', { class: 'ib-head-text' }, crumbs && h('nav', { class: 'ib-crumbs', 'aria-label': 'Where this page lies' }, crumbs), h('h1', {}, title), text && h('p', {}, text)),
    actions && h('div', { class: 'ib-actions' }, actions));
}
