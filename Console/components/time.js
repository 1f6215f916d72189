import { h } from '../app/dom.js';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const units = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60]];

function words(moment) {
  const seconds = (moment - Date.now()) / 1000;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return Math.abs(seconds) < 10 ? 'just now' : relative.format(Math.round(seconds), 'second');
}

/** How long ago or ahead a time is; its exact value in the viewer's zone on hover. */
export function time(text, absent = 'never') {
  if (!text) return h('span', { class: 'ib-muted' }, absent);
  const moment = new Date(text);
  return h('time', { datetime: text, title: exact.format(moment) }, words(moment));
}

/** The exact time in the viewer's zone. */
export const exactTime = (text) => (text ? h('time', { datetime: text }, exact.format(new Date(text))) : '');

/** A length of time in words. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

setInterval(() => {
  for (const element of document.querySelectorAll('time[title]')) element.textContent = words(new Date(element.dateTime));
}, 30_000);
