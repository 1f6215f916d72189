import { errorState } from '../components/states.js';
import { session } from './api.js';
import { fill, h } from './dom.js';
import { warm } from './router.js';
import { load } from './session.js';
import { drawShell } from './shell.js';

const app = document.getElementById('app');

async function begin() {
  try {
    if (await load()) await drawShell(app, begin);
    else await askForToken();
  } catch (error) {
    fill(app, h('main', { class: 'container py-5' }, errorState(error, begin, { heading: true })));
  }
}

async function askForToken(reason) {
  const { drawSignIn } = await import('../pages/sign-in.js');
  drawSignIn(app, begin, reason);
}

session.addEventListener('ended', () => askForToken('Your session has ended. Sign in again to go on.'));
warm();
begin();
