import { h } from '../app/dom.js';

const area = h('div', { class: 'ib-notices', role: 'status', 'aria-live': 'polite' });

/** Where notices appear; one in the page. */
export const noticeArea = () => area;

/** Says for a while that something was done, or until it is closed that it failed. */
export function notice(text, kind = 'success') {
  const box = h('div', { class: `alert alert-${kind} ib-notice` },
    h('div', {}, text), h('button', { type: 'button', class: 'btn-close', 'aria-label': 'Close', onclick: () => box.remove() }));
  area.append(box);
  if (kind !== 'danger') setTimeout(() => box.remove(), 8000);
}

/** Does something for a button's press: the button waits, a failure is said. */
export async function act(button, work, done) {
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  try {
    const result = await work();
    if (done) notice(typeof done === 'function' ? done(result) : done);
    return result;
  } catch (error) {
    if (error.name !== 'AbortError') notice(error.message, 'danger');
    if (error.status === undefined) console.error(error);
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
}
