import { jiraProjectOptions, organizationOptions, productOptions } from '../app/catalog.js';
import { h, link, outside, shortened } from '../app/dom.js';
import { badge, jiraStatus, tags } from '../components/badges.js';
import { head, list } from '../components/list.js';
import { errorTags, names } from '../components/names.js';
import { time } from '../components/time.js';

export async function draw(context) {
  const called = names('jiraProjects');
  context.main.append(
    head('Jira issues', 'Tickets as Jira has them, and the Sentry issues they came from.'),
    list(context, {
      path: '/jira-issues', caption: 'Jira issues', sort: '-jira_updated_at',
      filters: [
        { name: 'q', label: 'Search summaries', kind: 'search' },
        { name: 'key', label: 'Key', kind: 'text', hint: 'WEB-123' },
        { name: 'status_category', label: 'Status', kind: 'select', options: [['new', 'to do'], ['indeterminate', 'in progress'], ['done', 'done']] },
        { name: 'linked', label: 'From Sentry', kind: 'select', options: [['true', 'with a Sentry issue'], ['false', 'without one']] },
        { name: 'product_id', label: 'Product', kind: 'select', options: productOptions },
        { name: 'jira_project_id', label: 'Project', kind: 'select', options: jiraProjectOptions },
        { name: 'jira_organization_id', label: 'Organization', kind: 'select', options: () => organizationOptions('jira') },
        { name: 'label', label: 'Label', kind: 'text' },
        { name: 'updated_since', label: 'Changed in', kind: 'since', any: 'Any time' },
      ],
      columns: columns(await called),
      empty: { title: 'No Jira issue yet', text: 'Add a Jira organization and sync it.', action: () => link('/organizations', { class: 'btn btn-sm btn-primary' }, 'Go to organizations') },
    }).element);
}

const columns = (called) => [
  { label: 'Ticket', kind: 'main', draw: (issue) => [
    link(`/jira-issues/${issue.id}`, { class: 'ib-clamp ib-strong' }, shortened(issue.summary)),
    h('div', { class: 'ib-small ib-muted' }, outside(issue.browse_url, issue.key), ' · ', called.jiraProject(issue.jira_project_id), issue.issue_type && ` · ${issue.issue_type}`, issue.deleted_at && [' · ', badge('deleted')]),
    h('div', {}, tags(issue.labels.filter((label) => !label.startsWith('issuebridge-')).slice(0, 6)))] },
  { label: 'Status', draw: jiraStatus },
  { label: 'Priority', draw: (issue) => issue.priority ?? '–' },
  { label: 'Assignee', draw: (issue) => issue.assignee?.display_name ?? h('span', { class: 'ib-muted' }, 'nobody') },
  { label: 'Sentry issues', draw: (issue) => errorTags(issue.links) },
  { label: 'Changed', sort: 'jira_updated_at', draw: (issue) => time(issue.jira_updated_at) },
  { label: 'Created', sort: 'jira_created_at', draw: (issue) => time(issue.jira_created_at) },
];
