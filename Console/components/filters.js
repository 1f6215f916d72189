import { freshID, h } from '../app/dom.js';

/**
 * A row of filters. Each: { name, label, kind: 'search' | 'text' | 'select' | 'since', options: a list of
 * [value, text] or a promise of one }. `changed` gets the values whenever one changes.
 */
export function filters(fields, values, changed) {
  const form = h('form', { class: 'ib-filters', role: 'search', 'aria-label': 'Filters', onsubmit: (event) => { event.preventDefault(); tell(); } });
  const inputs = new Map();
  let timer;
  const tell = () => {
    clearTimeout(timer);
    const next = {};
    for (const [name, input] of inputs) if (input.value.trim() !== '') next[name] = input.value.trim();
    changed(next);
  };
  for (const field of fields) {
    const id = freshID(field.name);
    const input = field.kind === 'select' || field.kind === 'since' ? select(field, id, values[field.name]) : box(field, id, values[field.name]);
    input.addEventListener(input.tagName === 'SELECT' ? 'change' : 'input', () => {
      clearTimeout(timer);
      timer = setTimeout(tell, input.tagName === 'SELECT' ? 0 : 300);
    });
    inputs.set(field.name, input);
    form.append(h('div', { class: field.kind === 'search' ? 'search' : '' }, h('label', { for: id }, field.label), input));
  }
  form.append(h('button', { type: 'button', class: 'btn btn-sm btn-outline-secondary', onclick: () => {
    for (const input of inputs.values()) input.value = '';
    tell();
  } }, 'Clear'));
  return form;
}

const box = (field, id, value) => h('input', { id, class: 'form-control form-control-sm', type: field.kind === 'search' ? 'search' : 'text', maxlength: 200, value: value ?? '', placeholder: field.hint, autocomplete: 'off' });

function select(field, id, value) {
  const element = h('select', { id, class: 'form-select form-select-sm' }, h('option', { value: '' }, field.any ?? 'Any'));
  const take = (options) => {
    for (const [option, text] of options) element.append(h('option', { value: option }, text));
    element.value = value ?? '';
    // A value of the address that no option has (a time, say) is kept as one.
    if (value && element.value !== value) element.append(h('option', { value, selected: true }, value));
  };
  const options = field.kind === 'since' ? since() : typeof field.options === 'function' ? field.options() : field.options;
  if (Array.isArray(options)) take(options);
  else {
    if (value) element.append(h('option', { value, selected: true }, '…'));
    options.then((list) => { element.replaceChildren(element.firstChild); take(list); }).catch(() => {});
  }
  return element;
}

/** Times to look back to, whole hours so that an address stays the same for a while. */
function since() {
  const now = new Date();
  now.setMinutes(0, 0, 0);
  const back = (hours) => new Date(now.getTime() - hours * 3_600_000).toISOString();
  return [[back(24), 'The last day'], [back(168), 'The last week'], [back(720), 'The last 30 days'], [back(2160), 'The last 90 days']];
}

export const options = (...values) => values.map((value) => (Array.isArray(value) ? value : [value, value]));
