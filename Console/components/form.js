import { fill, freshID, h } from '../app/dom.js';
import { vendorDetails } from './states.js';

/**
 * A form. Each field: { name, label, kind: 'text' | 'password' | 'url' | 'number' | 'textarea' | 'check'
 * | 'select' | 'datetime', value, required, help, options: [[value, text]], min, max, most }.
 * `save` gets what was filled in (an empty optional text is null); the fields named by an error say why.
 */
export function form(fields, { submit, save, cancel }) {
  const failure = h('div', { role: 'alert' });
  const controls = fields.map((field) => control(field));
  const button = h('button', { type: 'submit', class: 'btn btn-primary' }, submit);
  const element = h('form', { novalidate: false }, failure, controls.map((one) => one.element),
    h('div', { class: 'ib-actions mt-3' }, cancel && h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: cancel }, 'Cancel'), button));
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    fill(failure);
    for (const one of controls) one.complain(null);
    try {
      await save(Object.fromEntries(controls.map((one) => [one.name, one.value()])));
    } catch (error) {
      if (error.status === undefined) console.error(error);
      complain(error, controls, failure);
    } finally {
      button.disabled = false;
    }
  });
  return element;
}

/** Says what was refused at the fields, and the rest above them. */
export function complain(error, controls, failure) {
  const left = (error.fieldErrors ?? []).filter(({ pointer, detail }) => {
    const one = controls.find((candidate) => pointer === `/${candidate.name}` || pointer.startsWith(`/${candidate.name}/`));
    one?.complain(detail);
    return !one;
  });
  const all = (error.fieldErrors ?? []).length;
  const words = all === 0 ? error.message : left.map(({ pointer, detail }) => `${pointer}: ${detail}`).join(' ');
  fill(failure, h('div', { class: 'alert alert-danger' }, words || 'Some fields need another look.', vendorDetails(error.problem?.vendor)));
  (controls.find((one) => one.isWrong())?.input ?? failure).focus?.();
}

/** One labelled field with its help and its complaint. */
export function control(field) {
  const id = freshID(field.name);
  const input = make(field, id);
  const wrong = h('div', { class: 'invalid-feedback', id: `${id}-wrong` });
  const help = field.help && h('div', { class: 'form-text', id: `${id}-help` }, field.help);
  input.setAttribute('aria-describedby', `${help ? `${id}-help ` : ''}${id}-wrong`);
  const isCheck = field.kind === 'check';
  const label = h('label', { for: id, class: isCheck ? 'form-check-label' : 'form-label mb-1' }, field.label, field.required && !isCheck ? h('span', { class: 'ib-muted' }, ' (required)') : null);
  const element = h('div', { class: isCheck ? 'form-check mb-3' : 'mb-3' }, isCheck ? [input, label] : [label, input], help, wrong);
  return {
    name: field.name, element, input,
    value: () => read(field, input),
    isWrong: () => input.classList.contains('is-invalid'),
    complain: (text) => {
      fill(wrong, text ?? '');
      input.classList.toggle('is-invalid', Boolean(text));
      if (text) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    },
  };
}

function make(field, id) {
  const common = { id, name: field.name, required: field.required };
  if (field.kind === 'check') return h('input', { ...common, required: false, type: 'checkbox', class: 'form-check-input', checked: Boolean(field.value) });
  if (field.kind === 'textarea') return h('textarea', { ...common, class: 'form-control', rows: field.rows ?? 4, maxlength: field.most, value: field.value ?? '' });
  if (field.kind === 'select') {
    const element = h('select', { ...common, class: 'form-select', multiple: field.multiple }, field.options.map(([value, text]) => h('option', { value }, text)));
    if (!field.multiple) element.value = field.value ?? field.options[0]?.[0] ?? '';
    return element;
  }
  const types = { password: 'password', url: 'url', number: 'number', datetime: 'datetime-local', date: 'date' };
  return h('input', { ...common, class: 'form-control', type: types[field.kind] ?? 'text', min: field.min, max: field.max, maxlength: field.most, placeholder: field.hint, autocomplete: field.kind === 'password' ? 'new-password' : 'off', list: field.list, value: field.value ?? '' });
}

function read(field, input) {
  if (field.kind === 'check') return input.checked;
  if (field.multiple) return [...input.selectedOptions].map((option) => option.value);
  if (field.kind === 'number') return input.value === '' ? null : Number(input.value);
  if (field.kind === 'datetime') return input.value === '' ? null : new Date(input.value).toISOString();
  const text = field.kind === 'textarea' || field.kind === 'password' ? input.value : input.value.trim();
  return text === '' ? null : text;
}
