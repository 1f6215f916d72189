import { put } from '../app/api.js';
import { fill, h } from '../app/dom.js';
import { dialog } from './dialog.js';
import { button } from './facts.js';
import { complain, control } from './form.js';
import { notice } from './notices.js';

export const actionNames = { resolve: 'resolve the error', resolve_in_next_release: 'resolve it in the next release', archive: 'archive the error', unresolve: 'reopen the error', nothing: 'nothing' };
export const policyNames = { latest_wins: 'the later change is followed', jira_wins: 'Jira is followed', sentry_wins: 'Sentry is followed' };
const targets = { done: 'finish the ticket', open: 'reopen a ticket that is done', new: 'move it to to do', indeterminate: 'move it to in progress', nothing: 'nothing' };

/** Where a Sentry status wants the ticket, in words. */
export const targetName = (target) => targets[target] ?? (target?.startsWith('status:') ? `move it to “${target.slice(7)}”` : 'nothing');

const delivered = {
  jira_to_sentry: { new: 'unresolve', indeterminate: 'unresolve', done: 'resolve' }, sentry_to_jira: { resolved: 'done', unresolved: 'open', ignored: 'nothing' },
  conflict_policy: 'latest_wins', reopen_window_days: 30, keep_archived: true, default_resolution: null,
};
const categories = [['new', 'to do'], ['indeterminate', 'in progress'], ['done', 'done']];
const statuses = [['resolved', 'resolved'], ['unresolved', 'unresolved'], ['ignored', 'archived']];

/** Edits a mapping (`one`), or makes one for what is chosen of `choices`: [the field, its label, rows]. */
export function mappingDialog({ title, one, choices }, done) {
  const now = one ?? delivered;
  const scope = choices && control({ name: choices[0], label: choices[1], kind: 'select', required: true, options: choices[2].map((row) => [String(row.id), row.key ? `${row.key} · ${row.name}` : row.name]) });
  const actions = Object.entries(actionNames);
  const byCategory = categories.map(([key, text]) => control({ name: `jira_to_sentry/${key}`, label: `A ticket that is ${text}`, kind: 'select', value: now.jira_to_sentry[key] ?? 'nothing', options: actions }));
  const named = h('div');
  const rows = [];
  for (const [key, action] of Object.entries(now.jira_to_sentry)) if (key.includes(':')) addRow(key.split(':')[0], key.slice(key.indexOf(':') + 1), action);
  const bySentry = statuses.map(([key, text]) => targetControl(key, text, now.sentry_to_jira[key] ?? 'nothing'));
  const policy = control({ name: 'conflict_policy', label: 'When both sides changed', kind: 'select', value: now.conflict_policy, options: Object.entries(policyNames) });
  const days = control({ name: 'reopen_window_days', label: 'Days in which a regression reopens the ticket', kind: 'number', min: 0, max: 3650, value: now.reopen_window_days, help: 'Empty: always. After that a new ticket is made.' });
  const keep = control({ name: 'keep_archived', label: 'Leave archived errors alone, whatever becomes of the ticket', kind: 'check', value: now.keep_archived });

  const resolution = control({ name: 'default_resolution', label: 'Resolution to set when a transition requires one', value: now.default_resolution?.name ?? '', help: 'Its name or id in Jira. Empty: the one called Done, Fixed, Resolved or Completed.' });

  function addRow(kind = 'status', name = '', action = 'resolve') {
    const row = {
      kind: h('select', { class: 'form-select form-select-sm', 'aria-label': 'What is named' }, [['status', 'status'], ['resolution', 'resolution']].map(([value, text]) => h('option', { value, selected: value === kind }, text))),
      name: h('input', { class: 'form-control form-control-sm', 'aria-label': 'Its name in Jira', value: name, maxlength: 180, required: true }),
      action: h('select', { class: 'form-select form-select-sm', 'aria-label': 'What it asks of Sentry' }, actions.map(([value, text]) => h('option', { value, selected: value === action }, text))),
    };
    const element = h('div', { class: 'ib-map-row' }, row.kind, row.name, row.action, button('Remove', () => { rows.splice(rows.indexOf(row), 1); element.remove(); }, 'outline-secondary', { 'aria-label': 'Remove this line' }));
    rows.push(row);
    named.append(element);
    return row;
  }

  function values() {
    const jiraToSentry = Object.fromEntries(byCategory.map((field, index) => [categories[index][0], field.value()]));
    for (const row of rows) jiraToSentry[`${row.kind.value}:${row.name.value.trim()}`] = row.action.value;
    return {
      product_id: one?.product_id ?? null, jira_project_id: one?.jira_project_id ?? null, ...(scope && { [scope.name]: Number(scope.value()) }),
      jira_to_sentry: jiraToSentry, sentry_to_jira: Object.fromEntries(bySentry.map((field) => [field.key, field.value()])),
      conflict_policy: policy.value(), reopen_window_days: days.value(), keep_archived: keep.value(),
      default_resolution: resolution.value()?.trim() || null,
    };
  }

  dialog(title, (element) => {
    const failure = h('div', { role: 'alert' });
    const submit = h('button', { type: 'submit', class: 'btn btn-primary' }, 'Save');
    const form = h('form', {}, failure, scope?.element,
      h('fieldset', {}, h('legend', { class: 'ib-legend' }, 'From Jira to Sentry'), byCategory.map((field) => field.element),
        h('p', { class: 'form-text mb-1' }, 'A resolution goes before a status, and a status before what is above.'), named, button('Add a status or resolution', () => addRow().name.focus())),
      h('fieldset', { class: 'mt-3' }, h('legend', { class: 'ib-legend' }, 'From Sentry to Jira'), bySentry.map((field) => field.elements)),
      h('fieldset', { class: 'mt-3' }, h('legend', { class: 'ib-legend' }, 'Rules'), policy.element, days.element, keep.element, resolution.element),
      h('div', { class: 'ib-actions' }, h('button', { type: 'button', class: 'btn btn-outline-secondary', onclick: () => element.close() }, 'Cancel'), submit));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      fill(failure);
      try {
        const { warnings = [] } = await put('/status-mappings', values());
        element.close();
        notice('The mapping is saved. It holds from the next change on.');
        for (const words of warnings) notice(words, 'warning');
        done();
      } catch (error) {
        complain(error, [scope, ...byCategory, policy, days, keep, ...bySentry.map((field) => field.choice)].filter(Boolean), failure);
        submit.disabled = false;
      }
    });
    return form;
  }, { wide: true });
}

/** A choice of where the ticket goes; for a status of its own name there is a field beside. */
function targetControl(key, text, value) {
  const isNamed = value.startsWith('status:');
  const choice = control({ name: `sentry_to_jira/${key}`, label: `An error that is ${text}`, kind: 'select', value: isNamed ? 'status' : value, options: [...Object.entries(targets), ['status', 'move it to the status …']] });
  const name = control({ name: `status-${key}`, label: 'The status in Jira', value: isNamed ? value.slice(7) : '', most: 190 });
  const show = () => {
    name.element.hidden = choice.value() !== 'status';
    name.input.required = !name.element.hidden;
  };
  choice.input.addEventListener('change', show);
  show();
  return { key, choice, elements: [choice.element, name.element], value: () => (choice.value() === 'status' ? `status:${name.value() ?? ''}` : choice.value()) };
}
