import { get, patch, post } from '../app/api.js';
import { fill, h, link, outside, shortened } from '../app/dom.js';
import { every } from '../app/live.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { formDialog } from '../components/dialog.js';
import { button, card, facts } from '../components/facts.js';
import { head } from '../components/list.js';
import { names } from '../components/names.js';
import { act } from '../components/notices.js';
import { empty } from '../components/states.js';
import { exactTime, time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const path = `/sentry-issues/${id}`;
  const called = names('sentryProjects', 'products');
  let issue = await get(path, {}, signal);
  const known = await called;
  const place = h('div', { class: 'ib-two' });
  const actions = h('div', { class: 'ib-actions' });
  main.append(head(shortened(issue.title, 160), null, actions, link('/sentry-issues', {}, 'Sentry issues')), place);
  let text = '';
  const show = (now) => {
    issue = now;
    if (text === JSON.stringify(now)) return;
    text = JSON.stringify(now);
    fill(actions, buttons(issue, show));
    fill(place, about(issue, known), tickets(issue, refresh), metadata(issue));
  };
  const refresh = async () => show(await get(path, {}, signal));
  show(issue);
  every(4, signal, refresh);
}

function buttons(issue, show) {
  if (!can('write') || issue.deleted_at) return null;
  const set = (status, text) => button(text, (element) => act(element, async () => show(await patch(`/sentry-issues/${issue.id}`, { status })), 'Sentry took it.'));
  return [
    link(`/tickets/new?ids=${issue.id}`, { class: 'btn btn-sm btn-primary' }, 'Create Jira ticket'),
    issue.status !== 'resolved' && set('resolved', 'Resolve'),
    issue.status !== 'unresolved' && set('unresolved', 'Reopen'),
    issue.status !== 'ignored' && set('ignored', 'Archive'),
  ];
}

function about(issue, called) {
  const project = called.found.sentryProjects.get(issue.sentry_project_id);
  return card('In Sentry', facts([
    issue.title.length > 160 && ['Title', h('div', { class: 'ib-text ib-scroll', tabindex: 0, role: 'region', 'aria-label': 'The whole title' }, issue.title)],
    ['Issue', outside(issue.permalink, issue.short_id)],
    ['Status', [badge(issue.status), issue.substatus && h('span', { class: 'ib-muted ms-2' }, issue.substatus.replaceAll('_', ' '))]],
    ['Level', badge(issue.level)],
    ['Where', issue.culprit],
    ['Project', called.sentryProject(issue.sentry_project_id)],
    ['Product', project?.product_id ? called.product(project.product_id) : link('/mapping', {}, 'none yet: assign the project')],
    ['Events', issue.event_count.toLocaleString()],
    ['Users', issue.user_count.toLocaleString()],
    ['First seen', [time(issue.first_seen_at), ' · ', exactTime(issue.first_seen_at)]],
    ['Last seen', [time(issue.last_seen_at), ' · ', exactTime(issue.last_seen_at)]],
    issue.deleted_at && ['Deleted', time(issue.deleted_at)],
  ]));
}

function tickets(issue, refresh) {
  const content = issue.links.length === 0
    ? empty('No ticket yet', 'Nobody works on this error in Jira, as far as IssueBridge knows.')
    : h('ul', { class: 'ib-plain' }, issue.links.map((one) => h('li', {}, h('div', { class: 'ib-line' },
      h('span', {}, one.jira_issue_id ? link(`/jira-issues/${one.jira_issue_id}`, { class: 'ib-strong' }, one.key) : 'A ticket on its way', ' ', badge(one.state)),
      link(`/links/${one.id}`, {}, 'Link and its history')))));
  return card('Tickets', content, can('write') && button('Link a ticket that exists', () => linkDialog(issue, refresh)));
}

/** Links the error to a ticket by the ticket's key. */
function linkDialog(issue, refresh) {
  formDialog('Link a ticket that exists', [
    { name: 'key', label: 'Key of the Jira issue', required: true, hint: 'WEB-123', most: 100 },
    {
      name: 'initial_sync', label: 'If the ticket and the issue do not agree', kind: 'select', value: 'nothing', options: [
        ['nothing', 'leave both as they are'], ['follow_jira', 'follow the ticket: change the Sentry issue'], ['follow_sentry', 'follow the issue: move the ticket']],
    },
    { name: 'creation_notes', label: 'Note', kind: 'textarea', rows: 2, most: 2000 },
  ], {
    submit: 'Link',
    save: async (values) => {
      const found = await get('/jira-issues', { key: values.key.toUpperCase(), limit: 1 });
      if (found.data.length === 0) throw new Error(`There is no ticket ${values.key} here. If it is new in Jira, sync first.`);
      return post('/links', { sentry_issue_id: issue.id, jira_issue_id: found.data[0].id, creation_notes: values.creation_notes, initial_sync: values.initial_sync });
    },
    done: refresh,
  });
}

const metadata = (issue) => (Object.keys(issue.metadata ?? {}).length > 0
  ? card('Details', facts(Object.entries(issue.metadata).map(([name, value]) => [name.replaceAll('_', ' '), shortened(typeof value === 'string' ? value : JSON.stringify(value), 4000)])))
  : null);
