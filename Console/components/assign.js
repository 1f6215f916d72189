import { fill, h, plural } from '../app/dom.js';
import { dialog } from './dialog.js';
import { button } from './facts.js';

/** Shows which projects belong elsewhere already, before anything is changed. */
export function assignDialog(conflicts, productNames, productID, send) {
  const clears = productID === null;
  const target = productNames.get(productID);
  dialog(clears ? 'Take these projects out?' : 'Some projects belong to another product', (element) => {
    const failure = h('div', { role: 'alert' });
    const go = (choice) => async (pressed) => {
      pressed.disabled = true;
      try {
        await send(choice);
        element.close();
      } catch (error) {
        fill(failure, h('div', { class: 'alert alert-danger' }, error.message));
        pressed.disabled = false;
      }
    };
    return [
      h('p', {}, clears ? `${plural(conflicts.length, 'project')} will belong to no product:` : `Nothing has been changed yet. ${plural(conflicts.length, 'selected project')} would leave ${conflicts.length === 1 ? 'its' : 'their'} product for ${target}:`),
      h('ul', { class: 'ib-scroll', tabindex: 0, 'aria-label': 'Projects concerned' }, conflicts.map((one) => h('li', {}, h('strong', {}, one.key ?? one.slug), ` in ${productNames.get(one.product_id) ?? 'another product'}`))),
      failure,
      h('div', { class: 'ib-actions' },
        button('Cancel', () => element.close(), 'outline-secondary', { autofocus: true }),
        !clears && button('Leave them, assign the rest', go('keep')),
        button(clears ? 'Take them out' : 'Move them', go('move'), clears ? 'danger' : 'primary')),
    ];
  });
}
