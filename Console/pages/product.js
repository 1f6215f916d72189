import { get, remove } from '../app/api.js';
import { forget, products } from '../app/catalog.js';
import { h, link, plural, shortened } from '../app/dom.js';
import { go } from '../app/router.js';
import { can } from '../app/session.js';
import { badge, jiraStatus } from '../components/badges.js';
import { confirmed } from '../components/dialog.js';
import { button, card, facts } from '../components/facts.js';
import { healthCard } from '../components/health.js';
import { head } from '../components/list.js';
import { notice } from '../components/notices.js';
import { moveDialog, productDialog } from '../components/product-form.js';
import { empty, settle } from '../components/states.js';
import { time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const product = await get(`/products/${id}`, {}, signal);
  const rows = await products();
  main.append(
    head(product.name, product.description && shortened(product.description, 500), [
      can('write') && button('Edit', () => productDialog(product)),
      can('write') && button('Move', () => moveDialog(product)),
      can('write') && button('Add below', () => productDialog(undefined, product.id)),
      can('write') && button('Delete', () => askDelete(product), 'outline-danger'),
    ], crumbs(rows, product)),
    h('div', { class: 'ib-stack' }, healthCard(product, signal), h('div', { class: 'ib-two' }, about(product, rows), coverage(product, signal)), overview(product, signal)));
}

function crumbs(rows, product) {
  const known = new Map(rows.map((row) => [row.id, row]));
  const above = [];
  for (let one = known.get(product.parent_id); one && above.length < 50; one = known.get(one.parent_id)) above.unshift(one);
  return [link('/products', {}, 'Products'), ...above.flatMap((one) => [' / ', link(`/products/${one.id}`, {}, one.name)])];
}

function about(product, rows) {
  const below = rows.filter((row) => row.parent_id === product.id);
  return card('About', facts([
    ['Priority', badge(product.priority)],
    ['Team', product.owner_team],
    ['Label', h('code', {}, `product-${product.slug}`)],
    ['Below it', below.length === 0 ? 'nothing' : below.map((row, index) => [index > 0 && ', ', link(`/products/${row.id}`, {}, row.name)])],
    ['Changed', time(product.updated_at)],
  ]));
}

/** Errors that nobody works on yet. */
function coverage(product, signal) {
  const place = h('div');
  settle(place, () => get('/sentry-issues', { product_id: product.id, status: 'unresolved', linked: 'false', sort: '-event_count', limit: 5 }, signal), ({ data, next_cursor: more }) => {
    if (data.length === 0) return empty('Every open error has a ticket', 'Or there is no open error at all.');
    return [
      h('ul', { class: 'ib-plain' }, data.map((issue) => h('li', {}, h('div', { class: 'ib-line' },
        h('span', {}, badge(issue.level), ' ', link(`/sentry-issues/${issue.id}`, {}, shortened(issue.title, 120))),
        h('span', { class: 'ib-muted ib-small' }, plural(issue.event_count, 'event')))))),
      h('p', { class: 'mt-2 mb-0' }, link(`/sentry-issues?product_id=${product.id}&status=unresolved&linked=false`, {}, more ? 'All of them, to make tickets in one go' : 'Make tickets for them')),
    ];
  }, signal);
  return card('Errors without a ticket', place);
}

/** Both vendors side by side, with all that lies below the product. */
function overview(product, signal) {
  const place = h('div', { class: 'ib-stack mb-0' });
  settle(place, () => get(`/products/${product.id}/overview`, {}, signal), (all) => [
    h('div', { class: 'ib-two' }, sentrySide(all), jiraSide(all)), latestLinks(all, product)], signal);
  return place;
}

const noProject = () => empty('No project yet', 'Assign some under Mapping.', link('/mapping', { class: 'btn btn-sm btn-outline-primary' }, 'Go to mapping'));
const elsewhere = (one, all) => one.product_id !== all.product.id && link(`/products/${one.product_id}`, { class: 'ib-tag ms-1' }, all.descendants.find((below) => below.id === one.product_id)?.name);

function sentrySide(all) {
  const issues = all.sentry_issues;
  return card('Sentry', all.sentry_projects.length === 0 ? noProject() : [
    h('p', {}, h('strong', {}, plural(issues.unresolved, 'unresolved error')), h('span', { class: 'ib-muted' }, ` · ${issues.unresolved_with_ticket.toLocaleString()} with a ticket, ${issues.resolved.toLocaleString()} resolved, ${issues.ignored.toLocaleString()} archived`)),
    h('p', { class: 'ib-actions' }, Object.entries(issues.unresolved_by_level).filter(([, count]) => count > 0).map(([level, count]) => h('span', {}, badge(level), ` ${count.toLocaleString()}`))),
    h('ul', { class: 'ib-plain' }, all.sentry_projects.map((one) => h('li', {}, h('div', { class: 'ib-line' },
      h('span', {}, h('strong', {}, one.slug), one.platform && h('span', { class: 'ib-muted' }, ` · ${one.platform}`), elsewhere(one, all)),
      link(`/sentry-issues?sentry_project_id=${one.id}&status=unresolved`, {}, `${one.issue_counts.unresolved.toLocaleString()} unresolved`)))))]);
}

function jiraSide(all) {
  const issues = all.jira_issues;
  return card('Jira', all.jira_projects.length === 0 ? noProject() : [
    h('p', {}, h('strong', {}, plural(issues.new + issues.indeterminate, 'open ticket')), h('span', { class: 'ib-muted' }, ` · ${issues.done.toLocaleString()} done`)),
    h('p', { class: 'ib-actions' }, [['new', issues.new], ['indeterminate', issues.indeterminate], ['done', issues.done]].map(([state, count]) => h('span', {}, badge(state), ` ${count.toLocaleString()}`))),
    h('ul', { class: 'ib-plain' }, all.jira_projects.map((one) => h('li', {}, h('div', { class: 'ib-line' },
      h('span', {}, h('strong', {}, one.key), h('span', { class: 'ib-muted' }, ` · ${one.name}`), elsewhere(one, all)),
      link(`/jira-issues?jira_project_id=${one.id}`, {}, `${(one.issue_counts.new + one.issue_counts.indeterminate).toLocaleString()} open`)))))]);
}

function latestLinks(all, product) {
  return card('Latest links', all.latest_links.length === 0 ? empty('No link yet', 'Make a ticket from a Sentry issue.') : h('ul', { class: 'ib-plain' }, all.latest_links.map((one) => h('li', {}, h('div', { class: 'ib-line' },
    h('span', {}, link(`/links/${one.id}`, {}, `${one.sentry_issue.short_id} → ${one.jira_issue?.key ?? 'no ticket yet'}`), ' ', h('span', { class: 'ib-muted ib-small' }, shortened(one.sentry_issue.title, 90))),
    h('span', {}, badge(one.sentry_issue.status), ' ', one.jira_issue && jiraStatus(one.jira_issue), ' ', one.state !== 'active' && badge(one.state)))))), link(`/links?product_id=${product.id}`, {}, 'All'));
}

function askDelete(product) {
  confirmed(`Delete ${product.name}?`, 'Its projects stay, and belong to no product. Nothing is deleted in Jira or Sentry.', 'Delete', async () => {
    await remove(`/products/${product.id}`);
    forget();
    notice(`${product.name} is deleted.`);
    go('/products');
  });
}
