import { h } from '../app/dom.js';
import { head, list } from '../components/list.js';
import { time } from '../components/time.js';

const causes = ['api', 'console', 'cli', 'webhook', 'schedule', 'job', 'system'];

export async function draw(context) {
  context.main.append(
    head('Audit', 'Who changed what, when, and from where. Secrets are never written down.'),
    list(context, {
      path: '/audit-events', caption: 'Audit events', sort: '-id',
      filters: [
        { name: 'actor', label: 'Who', kind: 'text' },
        { name: 'cause', label: 'Cause', kind: 'select', options: causes.map((word) => [word, word]) },
        { name: 'action', label: 'Action', kind: 'select', options: ['created', 'updated', 'deleted'].map((word) => [word, word]) },
        { name: 'resource_type', label: 'What', kind: 'text', hint: 'product' },
        { name: 'resource_id', label: 'Its id', kind: 'text' },
        { name: 'occurred_since', label: 'When', kind: 'since', any: 'Any time' },
      ],
      columns: [
        { label: 'When', draw: (event) => time(event.occurred_at) },
        { label: 'Who', draw: (event) => [h('strong', {}, event.actor), h('span', { class: 'ib-muted' }, ` · ${event.cause}`)] },
        { label: 'What', draw: (event) => `${event.action} ${event.resource_type.replaceAll('_', ' ')} ${event.resource_id}` },
        { label: 'Change', kind: 'main', draw: difference },
      ],
      empty: { title: 'Nothing has been changed yet', text: 'Every change made here, by the API or by a duty is listed.' },
    }).element);
}

/** What was before and what is after, name by name. */
function difference({ before, after }) {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const text = (value) => (value === undefined || value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  if (keys.length === 0) return h('span', { class: 'ib-muted' }, '–');
  return h('details', {}, h('summary', {}, keys.slice(0, 4).join(', '), keys.length > 4 && ` and ${keys.length - 4} more`),
    h('dl', { class: 'ib-facts ib-small' }, keys.map((key) => [h('dt', {}, key), h('dd', {}, before && after ? `${text(before[key])} → ${text(after[key])}` : text((after ?? before)[key]))])));
}
