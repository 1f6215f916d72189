import { get } from '../app/api.js';
import { fill, h, link, outside, shortened } from '../app/dom.js';
import { every } from '../app/live.js';
import { can } from '../app/session.js';
import { badge, jiraStatus, tags } from '../components/badges.js';
import { button, card, facts } from '../components/facts.js';
import { comments } from '../components/comments.js';
import { head } from '../components/list.js';
import { names } from '../components/names.js';
import { empty } from '../components/states.js';
import { editDialog, transitionDialog } from '../components/jira-actions.js';
import { exactTime, time } from '../components/time.js';

export async function draw({ main, signal, parameters: { id } }) {
  const path = `/jira-issues/${id}`;
  const [issue, called] = await Promise.all([get(path, {}, signal), names('jiraProjects', 'products')]);
  const actions = h('div', { class: 'ib-actions' });
  const place = h('div', { class: 'ib-stack' });
  main.append(head(`${issue.key} ${shortened(issue.summary)}`, null, actions, link('/jira-issues', {}, 'Jira issues')), h('div', { class: 'ib-two' }, place, comments(issue, signal)));
  let text = '';
  const show = (now) => {
    if (text === JSON.stringify(now)) return;
    text = JSON.stringify(now);
    fill(actions, can('write') && !now.deleted_at && [
      button('Move to another status', () => transitionDialog(now, show), 'primary'),
      button('Edit', () => editDialog(now, show)),
    ]);
    fill(place, about(now, called), origins(now), description(now));
  };
  show(issue);
  every(4, signal, async () => show(await get(path, {}, signal)));
}

function about(issue, called) {
  const project = called.found.jiraProjects.get(issue.jira_project_id);
  return card('In Jira', facts([
    ['Ticket', outside(issue.browse_url, issue.key)],
    ['Status', jiraStatus(issue)],
    ['Type', issue.issue_type],
    ['Priority', issue.priority],
    ['Assignee', issue.assignee?.display_name ?? 'nobody'],
    ['Reporter', issue.reporter?.display_name],
    ['Labels', issue.labels.length > 0 ? tags(issue.labels) : null],
    issue.components.length > 0 && ['Components', tags(issue.components)],
    issue.fix_versions.length > 0 && ['Fix versions', tags(issue.fix_versions)],
    ['Product', project?.product_id ? called.product(project.product_id) : link('/mapping', {}, 'none yet: assign the project')],
    ['Created', [time(issue.jira_created_at), ' · ', exactTime(issue.jira_created_at)]],
    ['Changed', [time(issue.jira_updated_at), ' · ', exactTime(issue.jira_updated_at)]],
    issue.resolved_at && ['Resolved', time(issue.resolved_at)],
    issue.deleted_at && ['Deleted in Jira', time(issue.deleted_at)],
  ]));
}

function origins(issue) {
  return card('Sentry issues', issue.links.length === 0
    ? empty('Not from Sentry', 'No Sentry issue is linked to this ticket.')
    : h('ul', { class: 'ib-plain' }, issue.links.map((one) => h('li', {}, h('div', { class: 'ib-line' },
      h('span', {}, link(`/sentry-issues/${one.sentry_issue_id}`, { class: 'ib-strong' }, one.short_id), ' ', badge(one.state)),
      link(`/links/${one.id}`, {}, 'Link and its history'))))));
}

const description = (issue) => issue.description && card('Description', h('div', { class: 'ib-text ib-scroll', tabindex: 0, role: 'region', 'aria-label': 'Text of the description' }, issue.description));
