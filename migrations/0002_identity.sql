-- Who may use this panel, and as whom they act on the cluster. Times are integer ms UTC; tables are strict.
-- Nothing here is a secret in clear: passwords are argon2id hashes, session ids and the set-up secret are SHA-256.

-- instance: a short name of this database. It is part of the cookie's name, so that two panels on one host (cookies know
-- no ports) do not log each other out.
create table instance (
    one integer primary key check (one = 1),
    id text not null
) strict;
insert into instance (one, id) values (1, lower(hex(randomblob(4))));

-- user: ids are never used again, so that nothing that outlives a user can be taken for the next one's.
create table user (
    id integer primary key autoincrement,
    name text not null unique,
    -- PHC string.
    password_hash text not null,
    kubernetes_user text not null,
    -- JSON array of strings.
    kubernetes_groups text not null default '[]' check (json_valid(kubernetes_groups)),
    created integer not null,
    password_set integer not null
) strict;

-- role_binding: a role in one namespace, or in all of them (null).
create table role_binding (
    user_id integer not null references user (id) on delete cascade,
    role text not null check (role in ('viewer', 'operator', 'admin')),
    namespace text
) strict;
create unique index role_binding_once on role_binding (user_id, role, coalesce(namespace, ''));

-- session: key is the SHA-256 of the id that the browser holds.
create table session (
    key blob primary key,
    user_id integer not null references user (id) on delete cascade,
    -- JSON: user id, when and how they logged in.
    data text not null check (json_valid(data)),
    expires integer not null
) strict, without rowid;
create index session_expires on session (expires);
create index session_user on session (user_id);

-- setup_link: the one link that makes the first administrator.
create table setup_link (
    one integer primary key check (one = 1),
    secret_hash blob not null,
    expires integer not null
) strict;
