import { patch, post } from '../app/api.js';
import { forget, products } from '../app/catalog.js';
import { go, reload } from '../app/router.js';
import { formDialog } from './dialog.js';
import { notice } from './notices.js';

const priorities = ['critical', 'high', 'medium', 'low'].map((word) => [word, word]);

/** Products in the order of their tree, each with how deep it lies. */
export function inTree(rows) {
  const known = new Set(rows.map((row) => row.id));
  const children = Map.groupBy(rows, (row) => (known.has(row.parent_id) ? row.parent_id : null));
  const walk = (parent, depth) => (children.get(parent) ?? []).flatMap((row) => [{ row, depth }, ...walk(row.id, depth + 1)]);
  return walk(null, 0);
}

/** Ids of a product and of all below it. */
export function subtree(rows, id) {
  const children = Map.groupBy(rows, (row) => row.parent_id);
  const walk = (one) => [one, ...(children.get(one) ?? []).flatMap((row) => walk(row.id))];
  return walk(Number(id));
}

/** Products as choices, indented as they lie; `without` and what is below it left out. */
export function productChoices(rows, without) {
  const left = new Set(without === undefined ? [] : subtree(rows, without));
  return inTree(rows).filter(({ row }) => !left.has(row.id)).map(({ row, depth }) => [String(row.id), `${'\u00a0\u00a0\u00a0'.repeat(depth)}${row.name}`]);
}

/** Adds a product, or changes one. */
export async function productDialog(one, parentID) {
  const rows = await products();
  formDialog(one ? `Edit ${one.name}` : 'Add a product', [
    { name: 'name', label: 'Name', value: one?.name, required: true, most: 200 },
    { name: 'slug', label: 'Slug', value: one?.slug, most: 100, help: 'Stands in tickets’ labels: product-<slug>. Empty: made from the name.' },
    { name: 'description', label: 'Description', kind: 'textarea', rows: 3, value: one?.description, most: 10_000 },
    { name: 'parent_id', label: 'Part of', kind: 'select', value: String(one?.parent_id ?? parentID ?? ''), options: [['', 'Nothing: a product of its own'], ...productChoices(rows, one?.id)] },
    { name: 'priority', label: 'Priority', kind: 'select', value: one?.priority ?? 'medium', options: priorities },
    { name: 'owner_team', label: 'Team', value: one?.owner_team, most: 200 },
  ], {
    submit: one ? 'Save' : 'Add',
    save: async (values) => {
      const body = { ...values, parent_id: values.parent_id ? Number(values.parent_id) : null };
      if (body.slug === null) delete body.slug;
      const saved = one ? await patch(`/products/${one.id}`, body) : await post('/products', body);
      forget();
      return saved;
    },
    done: (saved) => {
      notice(`${saved.name} is saved.`);
      if (one) reload();
      else go(`/products/${saved.id}`);
    },
  });
}

/** Puts a product below another one. */
export async function moveDialog(one) {
  const rows = await products();
  formDialog(`Move ${one.name}`, [
    { name: 'parent_id', label: 'To', kind: 'select', value: String(one.parent_id ?? ''), options: [['', 'The top: a product of its own'], ...productChoices(rows, one.id)] },
  ], {
    submit: 'Move', intro: 'What lies below it moves with it.',
    save: async (values) => {
      const saved = await patch(`/products/${one.id}`, { parent_id: values.parent_id ? Number(values.parent_id) : null });
      forget();
      return saved;
    },
    done: (saved) => { notice(`${saved.name} is moved.`); reload(); },
  });
}
