-- Rollcall keeps what happened to StatefulSets.
--
-- Times are integer ms UTC. Tables are strict. Enumerations are short lower-case words. A set is known by the uid that
-- Kubernetes gave it, because one name may be many sets over time. Nothing here is a wire type of the HTTP API: JSON columns carry
-- a version of their own ("v").

-- The one cluster this database belongs to, and until when it was watched without a break.
create table cluster (
    uid text primary key,            -- uid of the namespace kube-system
    name text not null,
    first_seen integer not null,
    looked_until integer             -- last moment at which the panel surely looked; null before the first
) strict;

create table stateful_set (
    uid text primary key,
    cluster text not null references cluster (uid),
    namespace text not null,
    name text not null,
    first_seen integer not null,
    deleted integer
) strict, without rowid;
create index stateful_set_by_name on stateful_set (namespace, name);
create index stateful_set_by_deleted on stateful_set (deleted) where deleted is not null;

-- What was last known of each living set (history::Known as JSON): written in the transaction of the events that led to it,
-- compared after a gap with what is there then.
create table set_state (
    set_uid text primary key references stateful_set (uid) on delete cascade,
    at integer not null,
    body text not null
) strict, without rowid;

-- From a new update revision until the set settled or the revision was superseded.
create table rollout (
    id integer primary key autoincrement,
    set_uid text not null references stateful_set (uid) on delete cascade,
    from_name text,                  -- ControllerRevision the pods come from; null if unknown
    from_label text,                 -- r6, as it was called then: numbers move on a rollback
    from_hash text,                  -- of its template, see revision
    to_name text not null,
    to_label text not null,
    to_hash text,
    started integer not null,
    ended integer,
    outcome text not null check (outcome in ('open', 'settled', 'superseded', 'rolled_back', 'set_deleted')),
    source text,                     -- who: panel, tool, outside, controller; null if unknown
    actor text,                      -- user of the panel, or the tool
    reason text,
    action text,                     -- id of the action that began it
    after_event integer not null,    -- highest event id when it began: places it among the events
    check ((ended is null) = (outcome = 'open'))
) strict;
create unique index rollout_open on rollout (set_uid) where ended is null;
create index rollout_by_set on rollout (set_uid, id);
create index rollout_by_ended on rollout (ended) where ended is not null;

-- What happened, append only. Kinds 'snapshot' and 'pod_gone' are not listed: they serve to draw the strip of a moment, which
-- is the newest snapshot before it with the events since then played on top.
create table event (
    id integer primary key autoincrement,
    set_uid text not null references stateful_set (uid) on delete cascade,
    at integer not null,             -- when the panel saw it
    kind text not null,
    sentence text not null,          -- without the actor
    ordinal integer,
    rollout integer references rollout (id) on delete set null,
    source text check (source in ('panel', 'tool', 'outside', 'controller')),
    actor text,
    reason text,
    action text,                     -- id of the action that this is about or that caused it
    away integer not null default 0 check (away in (0, 1)), -- found after a gap: when exactly it happened is not known
    data text not null               -- {"v":1,"what":...}
) strict;
create index event_by_set on event (set_uid, id);
create index event_by_time on event (at);
create index event_by_rollout on event (rollout) where rollout is not null;
create index event_snapshot on event (set_uid, id) where kind = 'snapshot';

-- Times in which the panel did not look.
create table gap (
    id integer primary key autoincrement,
    began integer not null,
    ended integer not null
) strict;
create index gap_by_end on gap (ended);

-- Pod templates by the digest of their bytes, kept after Kubernetes forgets the ControllerRevision. May hold literal secrets.
create table revision (
    hash text primary key,
    template text not null,          -- JSON of spec.template
    first_seen integer not null
) strict, without rowid;

-- Which set had which ControllerRevision, under which number, since when. A rollback gives an old name a new number.
create table set_revision (
    set_uid text not null references stateful_set (uid) on delete cascade,
    name text not null,
    number integer not null,
    hash text not null,
    first_seen integer not null,
    primary key (set_uid, name, number)
) strict, without rowid;
create index set_revision_by_hash on set_revision (hash);

-- Life of each pod.
create table pod_run (
    uid text primary key,
    set_uid text not null references stateful_set (uid) on delete cascade,
    name text not null,
    ordinal integer,
    revision text not null,          -- ControllerRevision name, empty if it has none
    created integer not null,
    ready integer,                   -- first time Ready
    ended integer,                   -- began to terminate, or was found gone
    deleted integer                  -- the object was gone
) strict, without rowid;
create index pod_run_by_set on pod_run (set_uid, ordinal, created);
create index pod_run_by_deleted on pod_run (deleted) where deleted is not null;

-- Steps by which a rollout goes forward.
create table plan (
    id text primary key,             -- UUID v7
    set_uid text not null references stateful_set (uid) on delete cascade,
    rollout integer references rollout (id) on delete set null,
    user text not null,
    created integer not null,
    state text not null check (state in ('waiting', 'running', 'paused', 'done', 'cancelled', 'failed')),
    ended integer,
    body text not null               -- {"v":1,...}
) strict, without rowid;
create index plan_by_set on plan (set_uid, created);
create index plan_live on plan (state) where ended is null;

create table plan_step (
    plan text not null references plan (id) on delete cascade,
    position integer not null,
    state text not null check (state in ('waiting', 'running', 'done', 'skipped', 'failed')),
    action text,                     -- id of the action it did: a step with one is never done again
    started integer,
    ended integer,
    body text not null,              -- {"v":1,...}: what to do and the gate before it
    primary key (plan, position)
) strict, without rowid;

-- Intents and outcomes of actions: the intent is written before the API server is called, the outcome after. A repeated
-- idempotency key of the same user is the same action. No foreign key to stateful_set: an intent must never wait for the recorder.
create table action (
    id text primary key,             -- UUID v7: sorts by time
    set_uid text not null,
    namespace text not null,
    name text not null,
    user text not null,
    acted_as text,                   -- Kubernetes user; null for the panel's own account
    idempotency_key text,
    request text not null,           -- JSON
    summary text not null,
    generation integer not null,     -- of the set before
    at integer not null,
    outcome text not null check (outcome in ('pending', 'applied', 'refused', 'unknown')),
    ended integer,
    result text,                     -- JSON, the answer as it was given
    error text,
    unique (user, idempotency_key)
) strict, without rowid;
create index action_open on action (at) where outcome = 'pending';
create index action_by_set on action (set_uid, at);
create index action_by_time on action (at);
