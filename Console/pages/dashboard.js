import { get } from '../app/api.js';
import { fill, h, link, plural } from '../app/dom.js';
import { every, followRun } from '../app/live.js';
import { can } from '../app/session.js';
import { attentionList } from '../components/attention.js';
import { badge } from '../components/badges.js';
import { card, facts, figure } from '../components/facts.js';
import { scoreBadge } from '../components/health.js';
import { head } from '../components/list.js';
import { dayLabel, hourLabel, plot } from '../components/plot.js';
import { runProgress } from '../components/run.js';
import { empty, settle } from '../components/states.js';
import { time } from '../components/time.js';

const levels = ['fatal', 'error', 'warning', 'info', 'debug', 'sample'];

export async function draw({ main, signal }) {
  const place = h('div', { class: 'ib-stack' });
  main.append(head('Dashboard', 'What is connected, what runs, and what needs a person.'), place);
  const read = () => get('/dashboard', {}, signal);
  const parts = { counts: h('div'), attention: h('div'), organizations: h('div'), products: h('div'), plots: h('div') };
  const texts = {};
  const followed = new Map();

  /** Draws a part only when what it shows has changed: the focus and the plots stay. */
  function part(name, data, content) {
    const text = JSON.stringify(data);
    if (texts[name] === text) return;
    texts[name] = text;
    fill(parts[name], content());
  }

  function show(data) {
    part('counts', [data.sentry_issues, data.jira_issues, data.links, data.unassigned_projects], () => counts(data));
    part('attention', data.attention, () => attentionList(data.attention, refresh));
    part('organizations', data.organizations, () => organizationList(data.organizations, follow));
    part('products', data.product_health, () => productList(data));
    part('plots', [data.links_per_day, data.errors_per_day, data.tickets_per_day, data.webhooks_per_hour], () => plots(data, signal));
  }

  /** The progress of a run, from its events. */
  function follow(id) {
    if (!followed.has(id)) {
      const bar = h('div', {}, link(`/sync-runs/${id}`, {}, 'A sync is running'));
      followed.set(id, bar);
      followRun(id, signal, () => get(`/sync-runs/${id}`, {}, signal), (run) => {
        fill(bar, link(`/sync-runs/${id}`, {}, `Sync ${id}: ${run.status}`), runProgress(run));
        if (run.finished_at) refresh();
      });
    }
    return followed.get(id);
  }

  async function refresh() { show(await read()); }

  await settle(place, read, (data) => {
    show(data);
    return [parts.counts, h('div', { class: 'ib-two' }, card('Needs a person', parts.attention), card('Organizations', parts.organizations, link('/organizations', {}, 'All'))), card('Products by health', parts.products, link('/products', {}, 'All')), parts.plots];
  }, signal);
  every(4, signal, refresh);
}

function counts({ sentry_issues: errors, jira_issues: tickets, links, unassigned_projects: unassigned }) {
  const without = errors.unresolved - errors.unresolved_with_ticket;
  const loose = unassigned.jira + unassigned.sentry;
  return [
    h('div', { class: 'ib-grid narrow' },
      figure(errors.unresolved, 'unresolved errors', '/sentry-issues?status=unresolved'),
      figure(without, 'errors without a ticket', '/sentry-issues?status=unresolved&linked=false', without > 0 ? 'warn' : ''),
      figure(tickets.new, 'tickets to do', '/jira-issues?status_category=new'),
      figure(tickets.indeterminate, 'tickets in progress', '/jira-issues?status_category=indeterminate'),
      figure(tickets.done, 'tickets done', '/jira-issues?status_category=done'),
      figure(links.active, 'active links', '/links?state=active'),
      loose > 0 && figure(loose, 'projects without a product', '/mapping?product=none', 'warn')),
    h('div', { class: 'ib-actions', role: 'group', 'aria-label': 'Unresolved errors by level' }, levels.filter((level) => errors.unresolved_by_level[level] > 0)
      .map((level) => link(`/sentry-issues?status=unresolved&level=${level}`, { class: 'ib-level' }, badge(level), ' ', errors.unresolved_by_level[level].toLocaleString()))),
  ];
}

function organizationList(organizations, follow) {
  if (organizations.length === 0) {
    return empty('No organization yet', can('admin') ? 'Add Jira and Sentry to begin.' : 'Someone with an admin token can add Jira and Sentry.', link('/organizations', { class: 'btn btn-sm btn-primary' }, 'Go to organizations'));
  }
  return h('ul', { class: 'ib-plain' }, organizations.map((one) => h('li', {},
    h('div', { class: 'ib-line' }, h('span', {}, link(`/organizations/${one.source}/${one.id}`, { class: 'ib-strong' }, one.name), h('span', { class: 'ib-muted' }, one.source === 'jira' ? ' · Jira' : ' · Sentry')), badge(one.connection_status)),
    one.connection_error && h('p', { class: 'ib-small ib-bad-text mb-1' }, one.connection_error),
    one.running_sync_run_id ? follow(one.running_sync_run_id) : facts([
      ['Last sync', one.last_sync_run ? [link(`/sync-runs/${one.last_sync_run.id}`, {}, badge(one.last_sync_run.status)), ' ', time(one.last_sync_run.finished_at)] : time(null)],
      ['Schedule', one.sync_enabled ? `every ${one.sync_interval_minutes} min` : 'off'],
    ]))));
}

function productList({ product_health: rows, product_count: count }) {
  if (count === 0) return empty('No product yet', 'Products tie errors to tickets.', link('/products', { class: 'btn btn-sm btn-primary' }, 'Go to products'));
  if (rows.length === 0) return h('p', { class: 'ib-muted mb-0' }, `${plural(count, 'product')}; their health is kept once a day and shown here from then on.`);
  return h('ul', { class: 'ib-plain ib-columns' }, rows.map((one) => h('li', {}, h('div', { class: 'ib-line' },
    h('span', {}, link(`/products/${one.id}`, {}, one.name)), h('span', {}, scoreBadge(one), ' ', badge(one.priority))))));
}

function plots(data, signal) {
  const daily = (title, rows, series) => card(title, plot({ title, labels: rows.map((row) => dayLabel(row.date)), series: series.map(([name, key]) => ({ name, values: rows.map((row) => row[key]) })) }, signal));
  return h('div', { class: 'ib-grid wide' },
    daily('Links per day', data.links_per_day, [['Made', 'made'], ['Resolved', 'resolved']]),
    daily('New errors per day', data.errors_per_day, [['First seen', 'first_seen']]),
    daily('Tickets per day', data.tickets_per_day, [['Created', 'created'], ['Resolved', 'resolved']]),
    data.webhooks_per_hour && card('Webhooks per hour', plot({ title: 'Webhooks per hour', kind: 'bar', stacked: true, labels: data.webhooks_per_hour.map((row) => hourLabel(row.hour)), series: ['jira', 'sentry'].map((name) => ({ name: name === 'jira' ? 'Jira' : 'Sentry', values: data.webhooks_per_hour.map((row) => row[name]) })) }, signal)));
}
