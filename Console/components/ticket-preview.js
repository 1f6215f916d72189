import { h, link } from '../app/dom.js';
import { adf } from './adf.js';
import { badge, tags } from './badges.js';

/** A ticket as Jira will show it, what is still missing, and what was asked for in full. */
export function drawPreview(preview, count) {
  return [
    preview.existing_links.length > 0 && h('div', { class: 'alert alert-warning' }, 'This error has a ticket already: ', preview.existing_links.map((one) => [link(`/links/${one.id}`, {}, one.jira_issue?.key ?? `link ${one.id}`), ' ', badge(one.state), ' '])),
    preview.errors.length > 0 && h('div', { class: 'alert alert-warning' }, h('strong', {}, 'Jira needs more: '), h('ul', { class: 'mb-0' }, preview.errors.map((error) => h('li', {}, error.detail)))),
    preview.warnings.length > 0 && h('div', { class: 'alert alert-warning', role: 'status' }, preview.warnings.map((warning) => h('p', { class: 'mb-0' }, warning.detail))),
    h('p', { class: 'ib-ticket-title' }, preview.summary),
    h('p', {}, tags(preview.labels), count > 1 && h('span', { class: 'ib-muted ib-small' }, 'each ticket has its own level')),
    adf(preview.description),
    h('details', { class: 'mt-3 ib-small' }, h('summary', {}, 'The request to Jira'), h('pre', { class: 'ib-pre', tabindex: 0, 'aria-label': 'The request to Jira' }, JSON.stringify(preview.jira_request, null, 2))),
  ];
}
