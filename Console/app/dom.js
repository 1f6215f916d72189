/**
 * Builds an element. Children are nodes, texts, numbers or lists of them; a text always becomes a text
 * node. Nothing here parses markup, so nothing that comes from a vendor can become markup.
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) set(element, name, value);
  add(element, children);
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'dataset') Object.assign(element.dataset, value);
  else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
  else if (name === 'value' || name === 'checked' || name === 'indeterminate' || name === 'selected') element[name] = value;
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** Marks that turn the direction of what follows: a title must not turn the page around it. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;

/** A value as text that turns nothing around it. */
export const plain = (value) => String(value).replace(directions, '\ufffd');

/** Appends children as `h` does. */
export function add(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : plain(child));
  }
  return element;
}

/** Puts children in the place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

let count = 0;
/** An id no other element has. */
export const freshID = (name) => `${name}-${++count}`;

/** A link within the console. */
export const link = (path, properties, ...children) => h('a', { href: `#${path}`, ...properties }, ...children);

/** A link to another site; an address that is not http or https stays text. */
export function outside(address, ...children) {
  const safe = URL.canParse(address ?? '') && ['http:', 'https:'].includes(new URL(address).protocol);
  if (!safe) return h('span', {}, ...children);
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...children,
    h('span', { class: 'outside', 'aria-hidden': 'true' }, '↗'), h('span', { class: 'visually-hidden' }, ' (opens a new tab)'));
}

/** The beginning of a text: what is shown where a whole one has no room. */
export function shortened(text, most = 240) {
  const characters = String(text ?? '');
  return characters.length > most ? characters.slice(0, most) + '…' : characters;
}

export const plural = (number, one, many = one + 's') => `${number.toLocaleString()} ${number === 1 ? one : many}`;
