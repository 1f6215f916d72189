import { post } from '../app/api.js';
import { h, link } from '../app/dom.js';
import { can } from '../app/session.js';
import { button } from './facts.js';
import { act } from './notices.js';
import { empty } from './states.js';
import { time } from './time.js';

const paths = { jira_organization: '/organizations/jira/', sentry_organization: '/organizations/sentry/', sync_run: '/sync-runs/', link: '/links/', job: '/jobs/' };

/** What needs a person, each with what to do about it. */
export function attentionList(rows, refresh) {
  if (rows.length === 0) return empty('Nothing needs you', 'Connections, syncs, links and jobs are well.');
  return h('ul', { class: 'ib-plain' }, rows.map((one) => h('li', {},
    h('div', { class: 'ib-line' }, h('span', {}, one.message), one.since && h('span', { class: 'ib-muted ib-small' }, time(one.since))),
    h('div', { class: 'ib-actions mt-1' }, can('write') && remedy(one, refresh), look(one)))));
}

function look(one) {
  if (one.kind === 'links_proposed') return link('/proposed-links', { class: 'btn btn-sm btn-outline-primary' }, 'Review proposed links');
  const path = `${paths[one.resource_type]}${one.resource_id}`;
  return link(path, { class: 'btn btn-sm btn-outline-secondary', 'aria-label': `Look at it: ${one.message}` }, 'Look at it');
}

/** The first thing a person would try. */
function remedy(one, refresh) {
  const press = (text, work, done) => button(text, (element) => act(element, async () => { const result = await work(); await refresh(); return result; }, done), 'outline-primary', { 'aria-label': `${text}: ${one.message}` });
  switch (one.resource_type) {
    case 'jira_organization':
    case 'sentry_organization':
      return press('Test again', () => post(`/${one.resource_type.replace('_', '-')}s/${one.resource_id}/connection-tests`), (result) => result.message);
    case 'job': return press('Retry', () => post(`/jobs/${one.resource_id}/retries`), 'The job will run again.');
    default: return null;
  }
}
