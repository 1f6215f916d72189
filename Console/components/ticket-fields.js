import { fill, h } from '../app/dom.js';
import { control } from './form.js';

/** Fields that IssueBridge fills in itself, or that have a place of their own in the form. */
const ours = new Set(['project', 'issuetype', 'summary', 'description', 'labels', 'priority', 'assignee', 'reporter', 'attachment', 'issuelinks', 'parent']);

/**
 * What a ticket is asked of: its type, what Jira requires of that type, and what may be added. `single`
 * is the Sentry issue when there is one ticket only. Types and priorities are sent by id: their names
 * follow the language of IssueBridge's account in Jira.
 */
export function ticketFields(metadata, single, changed) {
  const types = metadata.issue_types.filter((type) => !type.subtask);
  const usual = types.find((type) => type.id === metadata.default_issue_type_id) ?? types[0];
  const type = control({ name: 'issue_type', label: 'Issue type', kind: 'select', value: usual.id, options: types.map((one) => [one.id, one.name]) });
  const place = h('div');
  let own = [];
  let required = [];

  function drawFields() {
    const chosen = types.find((one) => one.id === type.value());
    const priority = chosen.fields.find((field) => field.key === 'priority');
    own = [
      single && control({ name: 'summary', label: 'Summary', most: 254, hint: 'As in Sentry', help: 'Empty: the error’s title, at most 254 characters.' }),
      priority && control({ name: 'priority', label: 'Priority', kind: 'select', value: metadata.default_priority_id ?? '', options: [['', 'As Jira decides'], ...priority.allowed_values.map((value) => [value.id, value.name])] }),
      control({ name: 'labels', label: 'More labels', help: 'Separated by blanks. The labels sentry, level-… and product-… are always there.', most: 2000 }),
      control({ name: 'notes', label: 'Notes', kind: 'textarea', rows: 3, most: 20_000, help: 'Plain text or Markdown. Notes follow the facts and precede what Sentry recorded.' }),
      single?.metadata?.contact_email && control({ name: 'include_contact', label: 'Write the contact address of the person who gave the feedback into the ticket', kind: 'check' }),
      control({ name: 'sync_jira_to_sentry', label: 'A finished ticket resolves the error in Sentry', kind: 'check', value: true }),
      control({ name: 'sync_sentry_to_jira', label: 'A resolved error finishes the ticket in Jira', kind: 'check', value: true }),
      control({ name: 'allow_duplicate', label: 'Another ticket, also where the error has one in this project already', kind: 'check' }),
    ].filter(Boolean);
    required = chosen.fields.filter((field) => field.required && !field.has_default && !ours.has(field.key)).map(requiredControl);
    fill(place,
      required.length > 0 && h('fieldset', { class: 'ib-required' }, h('legend', {}, `Jira requires for ${chosen.name}`), required.map((one) => one.element)),
      own.map((one) => one.element));
  }

  type.input.addEventListener('change', () => { drawFields(); changed(); });
  drawFields();
  const element = h('div', { oninput: changed, onchange: changed }, type.element, place);

  return {
    element,
    get controls() { return [type, ...required, ...own]; },
    values() {
      const values = Object.fromEntries(own.map((one) => [one.name, one.value()]).filter(([, value]) => value !== null));
      if (values.labels) values.labels = values.labels.split(/[\s,]+/).filter(Boolean);
      const fields = Object.fromEntries(required.map((one) => [one.key, one.json()]).filter(([, value]) => value !== null));
      return { issue_type: type.value(), ...values, ...(Object.keys(fields).length > 0 && { fields }) };
    },
  };
}

/** A field of Jira's as a control, with its value as Jira's API takes it. */
export function requiredControl(field) {
  const named = (value) => value.name ?? value.value ?? value.key ?? String(value.id ?? value);
  const many = field.type === 'array';
  const name = `fields/${field.key}`;
  if (field.allowed_values.length > 0) {
    const one = control({ name, label: field.name, kind: 'select', required: true, multiple: many, options: [...(many ? [] : [['', 'Choose …']]), ...field.allowed_values.map((value, index) => [String(index), named(value)])] });
    const pick = (index) => { const value = field.allowed_values[Number(index)]; return value.id !== undefined ? { id: value.id } : value; };
    const json = () => { const value = one.value(); return many ? (value.length > 0 ? value.map(pick) : null) : value === null || value === '' ? null : pick(value); };
    return { ...one, key: field.key, json };
  }
  const kind = { number: 'number', date: 'date', datetime: 'datetime' }[field.type] ?? 'text';
  const one = control({ name, label: field.name, kind, required: true, most: kind === 'text' ? 2000 : undefined });
  const json = () => { const value = one.value(); return value === null ? null : many ? String(value).split(',').map((part) => part.trim()) : value; };
  return { ...one, key: field.key, json };
}
