-- Tokens with which scripts act as a user. Times are integer ms UTC; tables are strict.

-- api_token: secret_hash is the SHA-256 of the token, which is shown once and kept nowhere.
create table api_token (
    id text primary key,             -- UUID v7: names the token in lists and logs
    user_id integer not null references user (id) on delete cascade,
    -- What it is for, in the words of who made it.
    name text not null,
    secret_hash blob not null unique,
    -- JSON array of role bindings that the token keeps of its user's; null: all of them.
    roles text check (roles is null or json_valid(roles)),
    created integer not null,
    last_used integer,
    expires integer,                 -- null: never
    unique (user_id, name)
) strict, without rowid;
create index api_token_expires on api_token (expires) where expires is not null;
