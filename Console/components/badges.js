import { h } from '../app/dom.js';

const tones = {
  good: ['connected', 'succeeded', 'active', 'resolved', 'done', 'completed', 'processed', 'applied', 'created', 'low'],
  warn: ['partial', 'pending', 'retryable', 'warning', 'scheduled', 'cancelled', 'waiting', 'proposed', 'needs_confirmation', 'unknown', 'high', 'medium'],
  bad: ['failed', 'unauthorized', 'broken', 'discarded', 'fatal', 'error', 'dead', 'critical', 'unresolved', 'deleted'],
  work: ['running', 'queued', 'available', 'indeterminate'],
};
const names = {
  new: 'to do', indeterminate: 'in progress', ignored: 'archived', unauthorized: 'not authorized', unknown: 'not tested yet',
  discarded: 'dead', available: 'waiting',
};
const toneOf = Object.fromEntries(Object.entries(tones).flatMap(([tone, words]) => words.map((word) => [word, tone])));

/** A state as a coloured word. */
export function badge(state, text) {
  if (!state) return h('span', { class: 'ib-muted' }, '–');
  return h('span', { class: `ib-badge ${toneOf[state] ?? ''}` }, text ?? names[state] ?? String(state).replaceAll('_', ' '));
}

/** The state's words. */
export const wordFor = (state) => names[state] ?? String(state).replaceAll('_', ' ');

/** A Jira status, coloured by its category. */
export const jiraStatus = (issue) => badge(issue.status_category, issue.status);

export const tags = (words) => (words ?? []).map((word) => h('span', { class: 'ib-tag' }, word));

/** How good a score of 0 to 100 is. */
export const scoreTone = (score) => (score === null || score === undefined ? '' : score >= 75 ? 'good' : score >= 50 ? 'warn' : 'bad');

/** A bar that is full by a share of 0 to 1. */
export function meter(share, label, tone = '') {
  const percent = Math.round(Math.max(0, Math.min(1, share || 0)) * 100);
  return h('div', { class: `ib-meter ${tone}`, role: 'progressbar', 'aria-label': label, 'aria-valuenow': percent, 'aria-valuemin': 0, 'aria-valuemax': 100 },
    h('span', { style: { width: `${percent}%` } }));
}
