import { fill, freshID, h } from '../app/dom.js';
import { form } from './form.js';

/** Opens a dialog; answers its element, which closes with `close()`. The focus goes back to where it was. */
export function dialog(title, content, { wide = false } = {}) {
  const id = freshID('dialog');
  const back = document.activeElement;
  const element = h('dialog', { class: `ib-dialog ${wide ? 'wide' : ''}`, 'aria-labelledby': id });
  fill(element, h('div', {}, h('h2', { id, class: 'mb-3' }, title), content(element)));
  element.addEventListener('close', () => {
    element.remove();
    if (back?.isConnected) back.focus();
  });
  document.body.append(element);
  element.showModal();
  addEventListener('hashchange', () => element.close(), { once: true });
  return element;
}

/** A dialog with a form: `save` gets the values; what it throws is shown at the fields. */
export function formDialog(title, fields, { submit = 'Save', save, done, intro, wide }) {
  return dialog(title, (element) => [intro && h('p', {}, intro), form(fields, {
    submit,
    cancel: () => element.close(),
    save: async (values) => {
      const result = await save(values);
      element.close();
      done?.(result);
    },
  })], { wide });
}

/** Asks before something that cannot be taken back. */
export function confirmed(title, text, verb, work) {
  dialog(title, (element) => {
    const failure = h('div', { role: 'alert' });
    const button = h('button', { type: 'button', class: 'btn btn-danger' }, verb);
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await work();
        element.close();
      } catch (error) {
        fill(failure, h('div', { class: 'alert alert-danger' }, error.message));
        button.disabled = false;
      }
    });
    return [h('div', {}, text), failure, h('div', { class: 'ib-actions' },
      h('button', { type: 'button', class: 'btn btn-outline-secondary', autofocus: true, onclick: () => element.close() }, 'Cancel'), button)];
  });
}
