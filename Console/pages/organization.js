import { get, remove } from '../app/api.js';
import { forget } from '../app/catalog.js';
import { fill, h, link, plural } from '../app/dom.js';
import { every } from '../app/live.js';
import { go } from '../app/router.js';
import { can } from '../app/session.js';
import { badge, meter } from '../components/badges.js';
import { schedule, testConnection, vendor } from '../components/connection.js';
import { confirmed } from '../components/dialog.js';
import { button, card, copyable, facts } from '../components/facts.js';
import { head, list } from '../components/list.js';
import { notice } from '../components/notices.js';
import { discoveryModes, organizationDialog } from '../components/organization-form.js';
import { projectsCard } from '../components/projects.js';
import { runColumns } from '../components/run-columns.js';
import { syncDialog } from '../components/run.js';
import { exactTime, time } from '../components/time.js';

export async function draw(context) {
  const { main, signal, parameters: { kind, id } } = context;
  if (!['jira', 'sentry'].includes(kind)) throw new Error('There is no such kind of organization.');
  const path = `/${kind}-organizations/${id}`;
  const latest = () => get('/webhook-deliveries', { source: kind, organization_id: id, limit: 1 }, signal).then((page) => page.data[0]);
  const read = () => Promise.all([get(path, {}, signal), latest()]);
  let [one, delivery] = await read();
  const result = h('div');
  const state = h('div');
  const redraw = () => fill(state, connection(kind, one), webhook(kind, one, delivery), budgetCard(kind, one.rate_budget.endpoints));
  main.append(
    head(one.name, `${vendor(kind)} organization`, [
      can('write') && button('Test connection', () => testConnection(kind, id, result, refresh)),
      can('write') && button('Sync now', () => syncDialog(kind, one), 'primary'),
      can('admin') && button('Edit', () => organizationDialog(kind, one)),
      can('admin') && button('Delete', () => askDelete(kind, one), 'outline-danger'),
    ], link('/organizations', {}, 'Organizations')),
    result, state);
  state.className = 'ib-two mb-3';
  redraw();
  main.append(projectsCard(context, kind, id));
  main.append(card('Latest sync runs', list({ ...context, query: {}, setQuery: () => {} }, {
    path: '/sync-runs', caption: 'Latest sync runs', sort: '-id', limit: 10, live: 3, paged: false, fixed: { source: kind, organization_id: id },
    columns: runColumns(), empty: { title: 'Never synced', text: 'Sync now to read its projects and issues.' },
  }).element, link(`/sync-runs?source=${kind}&organization_id=${id}`, {}, 'All')));
  async function refresh() {
    [one, delivery] = await read();
    redraw();
  }
  every(5, signal, async () => { if (!state.contains(document.activeElement)) await refresh(); });
}

function connection(kind, one) {
  return card('Connection', [
    one.connection_error && h('div', { class: 'alert alert-danger' }, one.connection_error),
    facts([
      ['State', badge(one.connection_status)],
      ['Checked', time(one.connection_checked_at)],
      ['Address', one.base_url],
      kind === 'jira' ? ['Account', one.username ?? 'service account'] : ['Slug', one.slug],
      kind === 'jira' ? ['API token', one.has_api_token ? 'kept, encrypted' : 'missing'] : ['Auth token', one.has_auth_token ? 'kept, encrypted' : 'missing'],
      ['Holds', `${plural(one.project_count, 'project')}, ${plural(one.issue_count, 'issue')}`],
      ['Last sync', one.last_synced_at ? [time(one.last_synced_at), ' · ', exactTime(one.last_synced_at)] : time(null)],
      ['Schedule', schedule(kind, one)],
      ['Mentions', Object.fromEntries(discoveryModes)[one.link_discovery]],
    ]),
  ]);
}

/** What the vendor still allows, by endpoint. */
function budgetCard(kind, rows) {
  const share = (row) => row.limit > 0 && row.remaining !== null && meter(row.remaining / row.limit, `Left for ${row.endpoint}`, row.remaining / row.limit < 0.1 ? 'bad' : '');
  return card('Rate budget', rows.length === 0 ? h('p', { class: 'ib-muted mb-0' }, `${vendor(kind)} has stated no limit yet.`) : h('ul', { class: 'ib-plain' }, rows.map((row) => h('li', {},
    h('div', { class: 'ib-line' }, h('span', {}, h('code', {}, row.endpoint), row.noted_at && h('span', { class: 'ib-small ib-muted' }, ' as of ', time(row.noted_at))), h('span', {}, row.held_until ? ['held, goes on ', time(row.held_until)] : row.remaining === null ? 'no limit stated' : `${row.remaining.toLocaleString()} of ${row.limit?.toLocaleString() ?? '?'} left`)),
    share(row)))));
}

function webhook(kind, one, delivery) {
  const has = kind === 'jira' ? one.has_webhook_secret : one.has_client_secret;
  const secret = kind === 'jira' ? 'Webhook secret' : 'Client secret';
  return card('Webhook', [
    facts([
      ['Address', copyable(one.webhook_url, 'webhook address')],
      [secret, has ? 'kept, encrypted' : h('span', { class: 'ib-bad-text' }, 'missing: every delivery is refused')],
      ['Last delivery', delivery ? [link(`/deliveries/${delivery.id}`, {}, delivery.event), ' ', badge(delivery.state, delivery.state), ' ', time(delivery.received_at)] : 'none yet'],
    ]),
    h('p', { class: 'ib-muted ib-small mt-3 mb-0' }, kind === 'jira'
      ? 'In Jira: Settings → System → WebHooks. Give it this address and a secret, and the events for issues created, updated and deleted. Put the same secret here.'
      : 'In Sentry: Settings → Custom Integrations → your internal integration. Give it this webhook address, and switch on issues under Webhooks. Its client secret belongs here.'),
  ]);
}

function askDelete(kind, one) {
  confirmed(`Delete ${one.name}?`, `Its ${plural(one.project_count, 'project')}, ${plural(one.issue_count, 'issue')} and their links are removed here. Nothing is deleted in ${vendor(kind)}.`, 'Delete', async () => {
    await remove(`/${kind}-organizations/${one.id}`);
    forget();
    notice(`${one.name} is deleted.`);
    go('/organizations');
  });
}
