-- Products are the business's view: what a team sells or runs. They form a tree, and Sentry and
-- Jira projects are assigned to them.
create table products (
  id          bigint generated always as identity primary key,
  name        text not null,
  slug        text not null,
  description text,
  parent_id   bigint,
  priority    text not null default 'medium',
  owner_team  text,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint products_name_length check (char_length(name) between 1 and 200),
  constraint products_slug_form
    check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 63),
  constraint products_slug_unique unique (slug),
  constraint products_priority_known check (priority in ('critical', 'high', 'medium', 'low')),
  constraint products_parent_exists
    foreign key (parent_id) references products (id) on delete restrict
);
create index products_by_parent on products (parent_id);
create index products_by_name on products (name, id);
create index products_by_updated on products (updated_at, id);

-- A parent chain has no loop. One writer at a time may change parents: two moves that are each
-- harmless could together close a loop.
create function products_refuse_loop() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('products.parent_id'));
  if exists (
    with recursive ancestors (id, parent_id) as (
      select id, parent_id from products where id = new.parent_id
      union
      select parent.id, parent.parent_id
      from products parent join ancestors on parent.id = ancestors.parent_id
    )
    select from ancestors where id = new.id
  ) then
    raise exception 'product % cannot be placed under its own descendant %', new.id, new.parent_id
      using errcode = 'check_violation', constraint = 'products_parent_acyclic', table = 'products';
  end if;
  return new;
end $$;
create trigger products_refuse_loop before insert or update of parent_id on products
  for each row when (new.parent_id is not null) execute function products_refuse_loop();

-- Every table with an updated_at keeps it by this trigger.
create function touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;
create trigger products_touch before update on products
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();
