import { post } from '../app/api.js';
import { productOptions } from '../app/catalog.js';
import { h, link, outside, plural, shortened } from '../app/dom.js';
import { can } from '../app/session.js';
import { badge, jiraStatus } from '../components/badges.js';
import { confirmed } from '../components/dialog.js';
import { button } from '../components/facts.js';
import { head, list } from '../components/list.js';
import { act, notice } from '../components/notices.js';
import { foundIn } from '../components/proposals.js';
import { time } from '../components/time.js';

/** How many links the service decides in one request. */
const maxTogether = 200;

export async function draw(context) {
  const { main } = context;
  main.append(head('Proposed links', can('write')
    ? 'One side mentions the other. Nothing is synced until a link is accepted; a rejected pair is not proposed again.'
    : 'One side mentions the other. Nothing is synced until someone with a write token accepts the link.', null, link('/links', {}, 'Links')));
  const shown = list(context, {
    path: '/links', caption: 'Proposed links', sort: '-id', live: 4, fixed: { state: 'proposed' },
    filters: [{ name: 'product_id', label: 'Product', kind: 'select', options: productOptions }],
    columns: columns((one, decision, element) => decideOne(one, decision, element, shown)),
    select: can('write') && {
      name,
      actions: (rows, clear) => [
        button(`Accept ${rows.length}`, (element) => act(element, async () => { await decide('accept', rows); clear(); await shown.read(); focusHeading(); }), 'primary'),
        button(`Reject ${rows.length}`, () => askReject(rows, async () => { clear(); await shown.read(); focusHeading(); }), 'outline-danger'),
      ],
    },
    empty: { title: 'Nothing to review', text: 'Pairs that a ticket or a Sentry issue mentions appear here.', action: () => link('/links', { class: 'btn btn-sm btn-outline-secondary' }, 'Go to links') },
  });
  main.append(shown.element);
}

const name = (one) => `${one.sentry_issue.short_id} and ${one.jira_issue.key}`;

const columns = (decideRow) => [
  { label: 'Sentry issue', kind: 'main', draw: (one) => [
    link(`/sentry-issues/${one.sentry_issue_id}`, { class: 'ib-clamp ib-strong' }, shortened(one.sentry_issue.title, 160)),
    h('div', { class: 'ib-small ib-muted' }, outside(one.sentry_issue.permalink, one.sentry_issue.short_id), ' ', badge(one.sentry_issue.status))] },
  { label: 'Jira ticket', kind: 'main', draw: (one) => [
    link(`/jira-issues/${one.jira_issue_id}`, { class: 'ib-clamp ib-strong' }, shortened(one.jira_issue.summary, 160)),
    h('div', { class: 'ib-small ib-muted' }, outside(one.jira_issue.browse_url, one.jira_issue.key), ' ', jiraStatus(one.jira_issue))] },
  { label: 'Where it was found', kind: 'wrap', draw: (one) => [
    link(`/links/${one.id}`, {}, foundIn(one)), h('div', { class: 'ib-small ib-muted' }, shortened(one.creation_notes, 300)), h('div', { class: 'ib-small ib-muted' }, time(one.created_at))] },
  ...(can('write') ? [{ label: 'Decision', draw: (one) => h('div', { class: 'ib-actions' },
    button('Accept', (element) => decideRow(one, 'accept', element), 'outline-primary', { 'aria-label': `Accept the link of ${name(one)}` }),
    button('Reject', (element) => decideRow(one, 'reject', element), 'outline-danger', { 'aria-label': `Reject the link of ${name(one)}` })) }] : []),
];

/** Decides one row; the focus goes to the row that takes its place. */
async function decideOne(one, decision, element, shown) {
  const body = element.closest('tbody');
  const place = [...body.children].indexOf(element.closest('tr'));
  const done = await act(element, async () => { await decide(decision, [one]); return true; });
  if (!done) return;
  await shown.refresh();
  const row = [...body.children].at(Math.min(place, body.childElementCount - 1));
  const next = body.isConnected && row?.querySelector(`button[aria-label^="${decision === 'accept' ? 'Accept' : 'Reject'}"]`);
  if (next) next.focus();
  else focusHeading();
}

/** Sends decisions, as many requests as it takes, and says what came of them. */
async function decide(decision, rows) {
  const failed = [];
  let done = 0;
  for (let start = 0; start < rows.length; start += maxTogether) {
    const answer = await post('/link-decisions', { [decision]: rows.slice(start, start + maxTogether).map((row) => row.id) });
    done += answer.accepted + answer.rejected;
    failed.push(...answer.results.filter((one) => one.problem).map((one) => one.problem.detail));
  }
  if (done > 0) {
    notice(decision === 'accept' ? `${plural(done, 'link was', 'links were')} accepted. Changes are carried from now on.` : `${plural(done, 'link was', 'links were')} rejected. ${done === 1 ? 'It can' : 'They can'} still be linked by hand.`);
  }
  if (failed.length > 0) notice(`${plural(failed.length, 'link')} could not be decided: ${failed.slice(0, 3).join(' ')}`, 'danger');
}

function askReject(rows, done) {
  confirmed(`Reject ${plural(rows.length, 'proposed link')}?`, 'They are removed and are not proposed again, whatever still mentions the other side. Issues and tickets stay as they are.', 'Reject', async () => {
    await decide('reject', rows);
    await done();
  });
}

function focusHeading() {
  const heading = document.querySelector('main h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
