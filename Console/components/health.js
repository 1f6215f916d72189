import { get } from '../app/api.js';
import { fill, h } from '../app/dom.js';
import { meter, scoreTone } from './badges.js';
import { card } from './facts.js';
import { dayLabel, plot } from './plot.js';
import { settle } from './states.js';

const partNames = { error_pressure: 'Error pressure', ticket_velocity: 'Ticket velocity', coverage: 'Coverage', sync_freshness: 'Sync freshness' };
const partName = (name) => partNames[name] ?? name.replaceAll('_', ' ');
const rounded = (score) => (score === null ? '–' : String(Math.round(score)));

/** A score in words, so that it is no colour alone. */
export function scoreBadge({ score, grade }) {
  if (score === null || score === undefined) return h('span', { class: 'ib-badge' }, 'no health yet');
  return h('span', { class: `ib-badge ${scoreTone(score)}`, title: 'Health, from 0 to 100' }, `${rounded(score)}${grade ? ` · ${grade}` : ''}`);
}

/** Puts each product's health into its row of a tree, a few at a time. */
export async function healthBadges(rows, signal, known) {
  const waiting = rows.slice(0, 500);
  const next = async () => {
    for (let row = waiting.shift(); row && !signal.aborted; row = waiting.shift()) {
      const { product } = row.dataset;
      known[product] ??= await get(`/products/${product}/health`, { days: 1 }, signal);
      fill(row.querySelector('.ib-health-place'), scoreBadge(known[product]));
    }
  };
  await Promise.all([next(), next(), next()]);
}

/** A product's health: the score, each part of it with its reason, and how it went. */
export function healthCard(product, signal) {
  const place = h('div');
  const days = h('select', { class: 'form-select form-select-sm', 'aria-label': 'How far back' }, [[7, '7 days'], [30, '30 days'], [90, '90 days'], [365, 'a year']].map(([value, text]) => h('option', { value, selected: value === 30 }, text)));
  const read = () => settle(place, () => get(`/products/${product.id}/health`, { days: days.value }, signal), (health) => content(health, signal), signal);
  days.addEventListener('change', read);
  read();
  return card('Health', place, days);
}

function content(health, signal) {
  return h('div', { class: 'ib-two' }, h('div', {},
    h('p', { class: 'ib-line' },
      h('span', {}, h('span', { class: `ib-score ${scoreTone(health.score)}` }, rounded(health.score)), h('span', { class: 'ib-muted' }, ' of 100')),
      health.grade && h('span', { class: `ib-badge ${scoreTone(health.score)}` }, `Grade ${health.grade}`)),
    h('ul', { class: 'ib-plain' }, health.components.map(part))), trend(health, signal));
}

const part = (one) => h('li', {},
  h('div', { class: 'ib-line' }, h('strong', {}, partName(one.name)), h('span', {}, one.value === null ? 'not counted' : `${rounded(one.value)} of 100`, h('span', { class: 'ib-muted' }, ` · weight ${Math.round(one.weight * 100)} %`))),
  one.value !== null && meter(one.value / 100, partName(one.name), scoreTone(one.value)),
  h('div', { class: 'ib-small ib-muted' }, one.explanation));

function trend(health, signal) {
  if (health.history.length < 2) return h('p', { class: 'ib-muted' }, 'How it went is plotted from the second day on: health is kept once a day.');
  const parts = ['score', ...Object.keys(partNames)];
  return plot({
    title: `Health of the last ${health.days} days`, labels: health.history.map((day) => dayLabel(day.date)), most: 100,
    series: parts.map((name) => ({ name: name === 'score' ? 'Score' : partName(name), values: health.history.map((day) => (day[name] === null ? null : Math.round(day[name]))) })),
  }, signal);
}
