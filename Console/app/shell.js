import { signOut, can, who } from './session.js';
import { fill, h, link } from './dom.js';
import { start } from './router.js';
import { noticeArea } from '../components/notices.js';
import { missingAssets } from '../components/states.js';

/** What stands in the navigation, in groups; the third is the scope it takes. */
const groups = [
  ['', [['/', 'Dashboard'], ['/products', 'Products'], ['/mapping', 'Mapping']]],
  ['Issues', [['/sentry-issues', 'Sentry issues'], ['/jira-issues', 'Jira issues'], ['/links', 'Links'], ['/proposed-links', 'Proposed links']]],
  ['Connections', [['/organizations', 'Organizations'], ['/sync-runs', 'Sync runs'], ['/status-mappings', 'Status mappings']]],
  ['Operation', [['/deliveries', 'Webhook deliveries'], ['/jobs', 'Jobs'], ['/audit', 'Audit', 'admin'], ['/tokens', 'Tokens', 'admin']]],
];

/** Draws what stands around every page, and starts the router in it. */
export async function drawShell(app, signedOut) {
  const links = new Map();
  const main = h('main', { id: 'main', class: 'ib-main', tabindex: '-1' });
  const nav = h('nav', { class: 'ib-nav', id: 'navigation', 'aria-label': 'Pages' }, groups.map(([title, items]) => group(title, items, links)));
  const menu = h('button', { class: 'btn btn-outline-secondary ib-menu', type: 'button', 'aria-controls': 'navigation', 'aria-expanded': 'false' }, 'Menu');
  menu.addEventListener('click', () => toggle(menu.getAttribute('aria-expanded') !== 'true'));
  const toggle = (open) => {
    menu.setAttribute('aria-expanded', String(open));
    nav.classList.toggle('open', open);
  };
  nav.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    toggle(false);
    menu.focus();
  });
  fill(app,
    h('a', { class: 'ib-skip', href: '#main', onclick: (event) => { event.preventDefault(); main.focus(); } }, 'Skip to the content'),
    h('header', { class: 'ib-header' },
      menu,
      link('/', { class: 'ib-brand' }, h('img', { src: '/console/images/logo.svg', alt: '', width: 26, height: 26 }), h('span', { class: 'ib-brand-name' }, 'IssueBridge')),
      h('div', { class: 'ib-header-end' },
        h('a', { class: 'ib-header-link', href: '/docs' }, 'API'),
        themeButton(),
        h('span', { class: 'ib-who' }, who().name, h('span', { class: 'badge text-bg-secondary ms-2' }, who().scope)),
        h('button', { class: 'btn btn-sm btn-outline-secondary', type: 'button', onclick: async () => { await signOut(); await signedOut(); } }, 'Sign out'))),
    h('div', { class: 'ib-body' }, nav, h('div', { class: 'ib-content' }, missingAssets(), main)),
    noticeArea());
  await start(main, (path) => {
    toggle(false);
    for (const [target, anchor] of links) {
      const inside = target === '/' ? path === '/' : path === target || path.startsWith(target + '/');
      if (inside) anchor.setAttribute('aria-current', 'page');
      else anchor.removeAttribute('aria-current');
    }
  });
}

function group(title, items, links) {
  const offered = items.filter(([, , scope]) => !scope || can(scope));
  return [
    title && h('div', { class: 'ib-nav-title', id: `nav-${title}` }, title),
    h('ul', { 'aria-labelledby': title ? `nav-${title}` : undefined }, offered.map(([path, text]) => {
      const anchor = link(path, {}, text);
      links.set(path, anchor);
      return h('li', {}, anchor);
    })),
  ];
}

function themeButton() {
  const isDark = () => document.documentElement.dataset.bsTheme === 'dark';
  const button = h('button', { class: 'btn btn-sm btn-outline-secondary', type: 'button' });
  const label = () => { button.textContent = isDark() ? 'Light' : 'Dark'; button.setAttribute('aria-label', isDark() ? 'Use light colours' : 'Use dark colours'); };
  button.addEventListener('click', () => {
    localStorage.setItem('issuebridge.theme', isDark() ? 'light' : 'dark');
    document.dispatchEvent(new Event('themechoice'));
    label();
  });
  label();
  return button;
}
