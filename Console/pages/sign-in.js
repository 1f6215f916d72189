import { fill, h } from '../app/dom.js';
import { signIn } from '../app/session.js';
import { missingAssets } from '../components/states.js';

/** Asks for a token; the service makes a cookie of it that scripts cannot read. */
export function drawSignIn(app, done, reason) {
  const input = h('input', { class: 'form-control', id: 'token', type: 'password', required: true, autocomplete: 'current-password', maxlength: 500, 'aria-describedby': 'token-help' });
  const failure = h('div', { role: 'alert' });
  const button = h('button', { class: 'btn btn-primary w-100', type: 'submit' }, 'Sign in');
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await signIn(input.value.trim());
      await done();
    } catch (error) {
      fill(failure, h('div', { class: 'alert alert-danger' }, error.message));
      input.setAttribute('aria-invalid', 'true');
      input.focus();
    } finally {
      button.disabled = false;
    }
  };
  fill(app, h('main', { class: 'ib-sign-in' },
    missingAssets(),
    h('div', { class: 'card' }, h('div', { class: 'card-body' },
      h('h1', { class: 'ib-brand mb-3' }, h('img', { src: '/console/images/logo.svg', alt: '', width: 32, height: 32 }), 'IssueBridge'),
      reason && h('p', { role: 'status' }, reason),
      failure,
      h('form', { onsubmit: submit },
        h('label', { class: 'form-label', for: 'token' }, 'Token'), input,
        h('div', { class: 'form-text mb-3', id: 'token-help' }, 'Made with ', h('code', {}, 'issuebridge token create'), ', or the one in ISSUEBRIDGE_ADMIN_TOKEN.'),
        button)))));
  document.title = 'Sign in · IssueBridge';
  input.focus();
}
