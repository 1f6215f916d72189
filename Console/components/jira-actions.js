import { get, patch, post } from '../app/api.js';
import { fill, h } from '../app/dom.js';
import { badge } from './badges.js';
import { dialog, formDialog } from './dialog.js';
import { complain } from './form.js';
import { notice } from './notices.js';
import { requiredControl } from './ticket-fields.js';
import { empty, settle } from './states.js';

/** Offers the transitions that Jira offers now, with the fields it requires. */
export function transitionDialog(issue, show) {
  dialog(`Move ${issue.key}`, (element) => {
    const place = h('div');
    settle(place, () => get(`/jira-issues/${issue.id}/transitions`), ({ data }) => (data.length === 0
      ? empty('Jira offers no transition', 'The workflow ends here, or this account may not move the ticket.')
      : h('ul', { class: 'ib-plain' }, data.map((transition) => h('li', {}, oneTransition(issue, transition, element, show))))));
    return [h('p', { class: 'ib-muted' }, 'It is ', badge(issue.status_category, issue.status), ' now. Jira lets it go to:'), place,
      h('div', { class: 'ib-actions' }, h('button', { type: 'button', class: 'btn btn-outline-secondary', autofocus: true, onclick: () => element.close() }, 'Cancel'))];
  });
}

function oneTransition(issue, transition, element, show) {
  const controls = transition.fields.filter((field) => field.required && !field.has_default).map(requiredControl);
  const failure = h('div', { role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'btn btn-sm btn-primary' }, transition.name);
  const form = h('form', {}, failure, controls.map((one) => one.element), h('div', { class: 'ib-line' }, badge(transition.to_status_category, transition.to_status), submit));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fill(failure);
    try {
      const fields = Object.fromEntries(controls.map((one) => [one.key, one.json()]));
      const moved = await post(`/jira-issues/${issue.id}/transitions`, { transition_id: transition.id, ...(controls.length > 0 && { fields }) });
      element.close();
      notice(`${moved.key} is ${moved.status}.`);
      show(moved);
    } catch (error) {
      complain(error, controls, failure);
      submit.disabled = false;
    }
  });
  return form;
}

/** Changes a ticket's summary, labels or priority; Jira is asked first. */
export function editDialog(issue, show) {
  formDialog(`Edit ${issue.key}`, [
    { name: 'summary', label: 'Summary', value: issue.summary, required: true, most: 254 },
    { name: 'priority', label: 'Priority', value: issue.priority, most: 200, help: 'By its name in Jira.' },
    { name: 'labels', label: 'Labels', value: issue.labels.join(' '), help: 'Separated by blanks.' },
  ], {
    intro: 'Jira is asked first; what it refuses is not changed here.',
    save: (values) => {
      const labels = (values.labels ?? '').split(/\s+/).filter(Boolean);
      const body = {};
      if (values.summary !== issue.summary) body.summary = values.summary;
      if (values.priority && values.priority !== issue.priority) body.priority = values.priority;
      if (labels.join(' ') !== issue.labels.join(' ')) body.labels = labels;
      return Object.keys(body).length > 0 ? patch(`/jira-issues/${issue.id}`, body) : issue;
    },
    done: (saved) => { notice(`${saved.key} is saved.`); show(saved); },
  });
}
