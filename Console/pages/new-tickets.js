import { freshKey, get, post, send } from '../app/api.js';
import { jiraProjects, sentryProjects } from '../app/catalog.js';
import { fill, h, link, plural, shortened } from '../app/dom.js';
import { go } from '../app/router.js';
import { can } from '../app/session.js';
import { badge } from '../components/badges.js';
import { card } from '../components/facts.js';
import { complain, control } from '../components/form.js';
import { head } from '../components/list.js';
import { notice } from '../components/notices.js';
import { empty, errorState, loading, settle } from '../components/states.js';
import { drawPreview } from '../components/ticket-preview.js';
import { ticketFields } from '../components/ticket-fields.js';

export async function draw({ main, signal, query }) {
  const ids = [...new Set((query.ids ?? '').split(',').map(Number).filter((id) => Number.isSafeInteger(id) && id > 0))].slice(0, 200);
  main.append(head(ids.length === 1 ? 'Create a Jira ticket' : `Create ${ids.length} Jira tickets`, 'Nothing is sent to Jira before you press the button.', null, link('/sentry-issues', {}, 'Sentry issues')));
  if (ids.length === 0) return main.append(empty('No Sentry issue is selected', 'Select some in the list first.', link('/sentry-issues', { class: 'btn btn-sm btn-primary' }, 'Go to Sentry issues')));
  if (!can('write')) return main.append(empty('This token may only read', 'Sign in with a write token to create tickets.'));
  const [projects, errors, first] = await Promise.all([jiraProjects(), sentryProjects(), get(`/sentry-issues/${ids[0]}`, {}, signal)]);
  if (projects.length === 0) return main.append(empty('There is no Jira project yet', 'Add a Jira organization and sync it.', link('/organizations', { class: 'btn btn-sm btn-primary' }, 'Go to organizations')));
  const product = errors.find((one) => one.id === first.sentry_project_id)?.product_id ?? null;
  main.append(h('div', { class: 'ib-two' }, workbench({ ids, first, projects, product, signal })));
}

/** Projects of the same product first: a ticket belongs there. */
function projectChoices(projects, product) {
  const near = projects.filter((one) => product !== null && one.product_id === product);
  const rest = projects.filter((one) => !near.includes(one) && !one.archived);
  return [...near, ...rest].map((one) => [String(one.id), `${one.key} · ${one.name}${near.includes(one) ? ' (same product)' : ''}`]);
}

function workbench({ ids, first, projects, product, signal }) {
  const project = control({ name: 'jira_project_id', label: 'Jira project', kind: 'select', options: projectChoices(projects, product), required: true });
  const asked = h('div');
  const preview = h('div', { 'aria-live': 'polite' });
  const failure = h('div', { role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'btn btn-primary' }, ids.length === 1 ? 'Create the ticket' : `Create ${ids.length} tickets`);
  let fields = null;
  const key = freshKey();

  const body = () => ({ jira_project_id: Number(project.value()), ...(fields?.values() ?? {}) });

  let timer;
  let turn = 0;
  const previewSoon = () => { clearTimeout(timer); timer = setTimeout(showPreview, 350); };
  async function showPreview() {
    const mine = ++turn;
    if (!preview.hasChildNodes()) fill(preview, loading('Making the preview'));
    try {
      const answer = await post(`/sentry-issues/${first.id}/jira-ticket-preview`, body(), { signal });
      if (mine === turn) fill(preview, drawPreview(answer, ids.length));
    } catch (error) {
      if (mine === turn && !signal.aborted) fill(preview, errorState(error, showPreview));
    }
  }

  function choose() {
    fields = null;
    return settle(asked, () => get(`/jira-projects/${project.value()}/create-metadata`, {}, signal), (metadata) => {
      if (metadata.issue_types.every((type) => type.subtask)) return empty('Jira lets this account create nothing here', 'Choose another project, or ask Jira’s administrator for the permission to create issues.');
      fields = ticketFields(metadata, ids.length === 1 ? first : null, previewSoon);
      previewSoon();
      return fields.element;
    }, signal);
  }
  project.input.addEventListener('change', choose);
  choose();

  const form = h('form', {}, failure, project.element, asked, h('div', { class: 'ib-actions' }, submit));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!fields) return;
    submit.disabled = true;
    fill(failure);
    try {
      if (ids.length === 1) {
        const made = await post(`/sentry-issues/${first.id}/jira-tickets`, body());
        notice(made.jira_issue
          ? [link(`/jira-issues/${made.jira_issue.id}`, {}, made.jira_issue.key), ' is created.']
          : [made.link.created_ticket?.key ?? 'The ticket', ' is created, but Jira does not show it yet; see its link.']);
        go(`/links/${made.link.id}`);
      } else {
        const { body: batch } = await send('POST', '/jira-tickets', { body: { sentry_issue_ids: ids, ...body() }, key });
        go(`/ticket-batches/${batch.id}`);
      }
    } catch (error) {
      complain(error, [project, ...fields.controls], failure);
      if (error.problem?.link) failure.append(h('p', {}, link(`/links/${error.problem.link.id}`, {}, 'See the link that exists already')));
    } finally {
      submit.disabled = false;
    }
  });
  return [card('The ticket', [chosenIssues(ids, first), form]), h('section', { class: 'ib-card', 'aria-label': 'Preview' }, h('h2', { class: 'mb-3' }, ids.length === 1 ? 'As Jira will show it' : `As Jira will show the first of ${ids.length}`), preview)];
}

function chosenIssues(ids, first) {
  return h('p', {}, badge(first.level), ' ', h('strong', {}, first.short_id), ` ${shortened(first.title, 160)}`, ids.length > 1 && h('span', { class: 'ib-muted' }, ` and ${plural(ids.length - 1, 'more issue')}; one ticket each`));
}
