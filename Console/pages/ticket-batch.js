import { get } from '../app/api.js';
import { fill, h, link, plural, shortened } from '../app/dom.js';
import { badge, jiraStatus, meter } from '../components/badges.js';
import { card, facts } from '../components/facts.js';
import { head } from '../components/list.js';
import { vendorDetails } from '../components/states.js';
import { table } from '../components/table.js';
import { time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const read = () => get(`/ticket-batches/${id}`, {}, signal);
  let batch = await read();
  const state = h('div');
  const told = h('div', { class: 'visually-hidden', role: 'status' });
  const results = table({ caption: 'Results', key: (one) => one.sentry_issue_id, columns: columns() });
  main.append(head(`Ticket batch ${id}`, 'One ticket for each selected Sentry issue.', link('/sentry-issues', { class: 'btn btn-sm btn-outline-secondary' }, 'Back to Sentry issues'), link('/sentry-issues', {}, 'Sentry issues')), told,
    h('div', { class: 'ib-stack' }, state, results.element));
  const issues = new Map();
  const show = () => {
    fill(state, progress(batch));
    results.show(batch.results.map((one) => ({ ...one, issue: one.link?.sentry_issue ?? issues.get(one.sentry_issue_id) ?? null })));
  };
  show();
  while (['queued', 'running'].includes(batch.status) && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (signal.aborted) return;
    batch = await read().catch((error) => { if (signal.aborted || error.status !== 0) throw error; return batch; });
    show();
  }
  // What became no ticket has no link that names it.
  const nameless = batch.results.filter((one) => !one.link).slice(0, 50);
  await Promise.all(nameless.map(async (one) => { issues.set(one.sentry_issue_id, await get(`/sentry-issues/${one.sentry_issue_id}`, {}, signal).catch(() => null)); }));
  if (nameless.length > 0) show();
  told.textContent = `The batch ${batch.status}: ${summary(batch)}`;
}

const summary = (batch) => {
  const made = batch.results.filter((one) => one.jira_issue).length;
  const failed = batch.results.filter((one) => one.problem).length;
  return `${plural(made, 'ticket')} created${failed > 0 ? `, ${failed} not` : ''}`;
};

const progress = (batch) => card('Progress', [
  meter(batch.total > 0 ? batch.done / batch.total : 0, 'Progress', batch.status === 'failed' ? 'bad' : batch.status === 'partial' ? 'warn' : ''),
  h('div', { class: 'mt-3' }, facts([['State', badge(batch.status)], ['Done', `${batch.done} of ${batch.total}: ${summary(batch)}`], ['Asked for by', batch.created_by], ['Began', time(batch.created_at)]])),
]);

const columns = () => [
  { label: 'Sentry issue', kind: 'main', draw: (one) => link(`/sentry-issues/${one.sentry_issue_id}`, {}, one.issue ? `${one.issue.short_id} · ${shortened(one.issue.title, 120)}` : `Sentry issue ${one.sentry_issue_id}`) },
  { label: 'Ticket', draw: (one) => (one.jira_issue ? [link(`/jira-issues/${one.jira_issue.id}`, { class: 'ib-strong' }, one.jira_issue.key), ' ', jiraStatus(one.jira_issue)] : '–') },
  { label: 'Result', draw: (one) => (one.problem
    ? h('div', {}, badge('failed', one.problem.title), h('div', { class: 'ib-small' }, one.problem.detail, (one.problem.errors ?? []).map((error) => h('div', {}, error.detail))), vendorDetails(one.problem.vendor))
    : one.link ? link(`/links/${one.link.id}`, {}, badge('created')) : badge('queued')) },
];
