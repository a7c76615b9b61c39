-- Rollcall keeps what happened to StatefulSets. Times are integer ms UTC; tables are strict.
-- cluster: the one cluster this database belongs to.
create table cluster (
    uid text primary key,
    name text not null,
    first_seen integer not null
) strict;
