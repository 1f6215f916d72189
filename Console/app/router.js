import { errorState, loading } from '../components/states.js';
import { unreached } from './api.js';
import { fill } from './dom.js';

/** Every page: its address, and the file that draws it. */
const pages = [
  ['/', 'dashboard'],
  ['/products', 'products'],
  ['/products/{id}', 'product'],
  ['/mapping', 'mapping'],
  ['/organizations', 'organizations'],
  ['/organizations/{kind}/{id}', 'organization'],
  ['/sentry-issues', 'sentry-issues'],
  ['/sentry-issues/{id}', 'sentry-issue'],
  ['/tickets/new', 'new-tickets'],
  ['/ticket-batches/{id}', 'ticket-batch'],
  ['/jira-issues', 'jira-issues'],
  ['/jira-issues/{id}', 'jira-issue'],
  ['/links', 'links'],
  ['/links/{id}', 'link'],
  ['/proposed-links', 'proposed-links'],
  ['/sync-runs', 'sync-runs'],
  ['/sync-runs/{id}', 'sync-run'],
  ['/status-mappings', 'status-mappings'],
  ['/deliveries', 'deliveries'],
  ['/deliveries/{id}', 'delivery'],
  ['/jobs', 'jobs'],
  ['/jobs/{id}', 'job'],
  ['/audit', 'audit'],
  ['/tokens', 'tokens'],
];

let main;
let leaving = new AbortController();

/** Begins to fetch the page of the address, while it is asked who is signed in. */
export const warm = () => { module(match(here().path).file).catch(() => {}); };

/** Draws the page of the address in `element`, and again whenever the address changes. */
export function start(element, changed) {
  main = element;
  addEventListener('hashchange', () => show(changed, true));
  return show(changed, false);
}

/** Path and query of the address. */
export function here() {
  const [path, query] = (location.hash.slice(1) || '/').split('?');
  return { path, query: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

export function go(path) { location.hash = path; }

/** Draws the same page anew. */
export function reload() { dispatchEvent(new HashChangeEvent('hashchange')); }

function match(path) {
  const given = path.split('/');
  for (const [pattern, file] of pages) {
    const wanted = pattern.split('/');
    if (wanted.length !== given.length) continue;
    const parameters = {};
    const fits = wanted.every((part, index) => {
      if (!part.startsWith('{')) return part === given[index];
      parameters[part.slice(1, -1)] = given[index];
      return /^[a-z0-9-]+$/.test(given[index]);
    });
    if (fits) return { file, parameters };
  }
  return { file: 'not-found', parameters: {} };
}

async function show(changed, moveFocus) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { path, query } = here();
  const { file, parameters } = match(path);
  fill(main, loading('Loading the page'));
  changed(path);
  try {
    const page = await module(file);
    if (signal.aborted) return;
    fill(main);
    scrollTo(0, 0);
    await page.draw({ main, signal, parameters, query, setQuery });
    if (!signal.aborted) arrived(moveFocus);
  } catch (error) {
    if (signal.aborted || error.name === 'AbortError') return;
    if (!(error.status >= 0)) console.error(error);
    fill(main, errorState(error, reload, { heading: true }));
    arrived(moveFocus);
  }
}

/** The module of a page; that it cannot be fetched is said as of any other request. */
async function module(file) {
  try {
    return await import(`../pages/${file}.js`);
  } catch (error) {
    if (error instanceof TypeError) throw unreached();
    throw error;
  }
}

/** Writes the query into the address without drawing the page anew; a `step` is one that Back undoes. */
function setQuery(query, step = false) {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '' && value !== undefined && value !== null)).toString();
  const hash = `#${here().path}${text ? '?' + text : ''}`;
  if (hash !== location.hash) history[step ? 'pushState' : 'replaceState'](null, '', hash);
}

/** Tells where one is: by the title, and to screen readers by moving to the heading. */
function arrived(moveFocus) {
  const heading = main.querySelector('h1');
  document.title = heading ? `${heading.textContent} · IssueBridge` : 'IssueBridge';
  if (!moveFocus || !heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
