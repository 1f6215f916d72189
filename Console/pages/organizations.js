import { all } from '../app/api.js';
import { fill, h, link, plural } from '../app/dom.js';
import { every } from '../app/live.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { schedule, testConnection, vendor } from '../components/connection.js';
import { button, facts } from '../components/facts.js';
import { head } from '../components/list.js';
import { organizationDialog } from '../components/organization-form.js';
import { syncDialog } from '../components/run.js';
import { empty, settle } from '../components/states.js';
import { time } from '../components/time.js';

export async function draw({ main, signal }) {
  const add = (kind) => button(`Add ${vendor(kind)}`, () => organizationDialog(kind), kind === 'jira' ? 'primary' : 'outline-primary');
  main.append(head('Organizations', 'Where tickets and errors come from: the Jira sites and Sentry organizations, and whether they can be reached.',
    can('admin') && [add('jira'), add('sentry')]));
  for (const kind of ['jira', 'sentry']) {
    const place = h('div');
    main.append(h('section', { class: 'ib-stack', 'aria-label': vendor(kind) }, h('h2', {}, vendor(kind)), place));
    const load = () => all(`/${kind}-organizations`, { sort: 'name' }, signal);
    settle(place, load, (rows) => cards(kind, rows), signal);
    // A card with a result of a test under it stays as it is.
    every(5, signal, async () => {
      if (place.querySelector('.ib-test, .ib-error, .ib-loading') || place.contains(document.activeElement)) return;
      fill(place, cards(kind, await load()));
    });
  }
}

function cards(kind, rows) {
  if (rows.length === 0) {
    return empty(`No ${vendor(kind)} organization yet`, can('admin') ? `Add one to read its projects and issues.` : 'Someone with an admin token can add one.',
      can('admin') && button(`Add ${vendor(kind)}`, () => organizationDialog(kind), 'primary'));
  }
  return h('div', { class: 'ib-grid' }, rows.map((one) => organizationCard(kind, one)));
}

function organizationCard(kind, one) {
  const result = h('div', { class: 'mt-2' });
  return h('article', { class: 'ib-card', 'aria-label': one.name },
    h('div', { class: 'ib-card-head' }, h('h3', {}, link(`/organizations/${kind}/${one.id}`, {}, one.name)), badge(one.connection_status)),
    one.connection_error && h('p', { class: 'ib-small ib-bad-text' }, one.connection_error),
    facts([
      ['Address', one.base_url],
      ['Holds', `${plural(one.project_count, 'project')}, ${plural(one.issue_count, 'issue')}`],
      ['Last sync', time(one.last_synced_at)],
      ['Schedule', schedule(kind, one)],
    ]),
    can('write') && h('div', { class: 'ib-actions mt-3' },
      button('Test connection', () => testConnection(kind, one.id, result), 'outline-secondary', { 'aria-label': `Test connection of ${one.name}` }),
      button('Sync now', () => syncDialog(kind, one), 'outline-primary', { 'aria-label': `Sync ${one.name} now` })),
    result);
}
