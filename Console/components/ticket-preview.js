import { h } from '../app/dom.js';
import { adf } from './adf.js';
import { tags } from './badges.js';
import { existingLinks } from './proposals.js';

/** A ticket as Jira will show it, what is still missing, and what was asked for in full. */
export function drawPreview(preview, count) {
  return [
    existingLinks(preview.existing_links),
    preview.errors.length > 0 && h('div', { class: 'alert alert-warning' }, h('strong', {}, 'Jira needs more: '), h('ul', { class: 'mb-0' }, preview.errors.map((error) => h('li', {}, error.detail)))),
    preview.warnings.length > 0 && h('div', { class: 'alert alert-warning', role: 'status' }, preview.warnings.map((warning) => h('p', { class: 'mb-0' }, warning.detail))),
    h('p', { class: 'ib-ticket-title' }, preview.summary),
    h('p', {}, tags(preview.labels), count > 1 && h('span', { class: 'ib-muted ib-small' }, 'each ticket has its own level')),
    adf(preview.description),
    h('details', { class: 'mt-3 ib-small' }, h('summary', {}, 'The request to Jira'), h('pre', { class: 'ib-pre', tabindex: 0, 'aria-label': 'The request to Jira' }, JSON.stringify(preview.jira_request, null, 2))),
  ];
}
