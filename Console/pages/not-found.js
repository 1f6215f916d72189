import { h, link } from '../app/dom.js';

export function draw({ main }) {
  main.append(h('h1', {}, 'No such page'), h('p', {}, 'There is nothing at this address. ', link('/', {}, 'Go to the dashboard')));
}
