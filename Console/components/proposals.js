import { h, link } from '../app/dom.js';

const places = {
  description: 'Description of the ticket', remote_link: 'Web link of the ticket',
  annotation: 'Shown by Sentry', integration: 'Recorded by Sentry’s Jira integration',
};

/** Where discovery found a pair, in words. */
export const foundIn = (one) => places[one.found_in] ?? 'Mentioned';

/** What a proposed link is, above its page. */
export const proposalNote = (one) => h('div', { class: 'alert alert-info' },
  h('p', { class: 'ib-error-title' }, 'This link is proposed'),
  h('p', { class: 'mb-1' }, one.creation_notes),
  h('p', { class: 'mb-0' }, 'Nothing is synced until it is accepted. Accepting changes neither side: what changes afterwards is carried. A rejected pair is not proposed again.'));

/** What the ticket preview says of an issue's links. */
export function existingLinks(links) {
  const named = (rows) => rows.map((one) => [link(`/links/${one.id}`, {}, one.jira_issue?.key ?? `link ${one.id}`), ' ']);
  const real = links.filter((one) => ['active', 'pending'].includes(one.state));
  const proposed = links.filter((one) => one.state === 'proposed');
  return [
    real.length > 0 && h('div', { class: 'alert alert-warning' }, 'This error has a ticket already: ', named(real)),
    proposed.length > 0 && h('div', { class: 'alert alert-info' }, `${proposed.length === 1 ? 'A ticket mentions' : 'Tickets mention'} this error; the proposed link can be accepted instead: `, named(proposed)),
  ];
}
