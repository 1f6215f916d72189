import { fill, h } from '../app/dom.js';

/** What stands where something is on its way. */
export function loading(text = 'Loading') {
  return h('div', { class: 'ib-loading', role: 'status' },
    h('span', { class: 'ib-bar', 'aria-hidden': 'true' }), h('span', { class: 'ib-bar short', 'aria-hidden': 'true' }),
    h('span', { class: 'visually-hidden' }, text));
}

/** What stands where there is nothing: why, and what to do. */
export function empty(title, text, action) {
  return h('div', { class: 'ib-empty' }, h('p', { class: 'ib-empty-title' }, title), text && h('p', {}, text), action);
}

/** What stands where something failed: whose fault it is, what to do, and a way to try again. */
export function errorState(error, retry, { heading = false } = {}) {
  const problem = error.problem ?? {};
  const title = error.status === undefined ? 'The page failed' : problem.title ?? 'Something failed';
  return h('div', { class: 'alert alert-danger ib-error', role: 'alert' },
    h(heading ? 'h1' : 'p', { class: 'ib-error-title' }, title),
    h('p', { class: 'mb-2' }, error.message),
    vendorDetails(problem.vendor),
    problem.instance && h('p', { class: 'small mb-2' }, 'Request ', h('code', {}, problem.instance)),
    retry && h('button', { class: 'btn btn-sm btn-outline-danger', type: 'button', onclick: retry }, 'Try again'));
}

/** What Jira or Sentry said itself. */
export function vendorDetails(vendor) {
  if (!vendor) return null;
  return h('details', { class: 'mb-2' },
    h('summary', {}, `What ${vendor.name === 'jira' ? 'Jira' : 'Sentry'} answered`, vendor.status ? ` (${vendor.status})` : ''),
    h('pre', { class: 'ib-pre' }, JSON.stringify(vendor.body, null, 2)));
}

/** Fills an element with what a promise brings: first that it is on its way, then it, or what failed. */
export async function settle(element, load, draw, signal) {
  fill(element, loading());
  try {
    const value = await load();
    if (signal?.aborted) return;
    fill(element, await draw(value));
  } catch (error) {
    if (signal?.aborted || error.name === 'AbortError') return;
    if (error.status === undefined) console.error(error);
    fill(element, errorState(error, () => settle(element, load, draw, signal)));
  }
}

/** Says that the files of others are missing, where they are. */
export function missingAssets() {
  const style = getComputedStyle(document.documentElement).getPropertyValue('--bs-blue');
  if (style) return null;
  return h('div', { class: 'alert alert-warning', role: 'status' },
    'The console’s styles are not installed. Run ', h('code', {}, 'scripts/fetch-assets'), ' beside the service; everything works without them.');
}
