//! URLs of the HTTP API and of the app's pages, used by server, browser and tests.

/// Prefix of the API.
pub const API: &str = "/api/v1";

/// The fleet: `GET`.
pub const SETS: &str = "/api/v1/sets";
/// The one event stream of a tab: `GET` (SSE).
pub const LIVE: &str = "/api/v1/live";
/// Who am I (`GET`), log in (`POST`), log out (`DELETE`).
pub const SESSION: &str = "/api/v1/session";
/// Use the set-up link: `POST`.
pub const SETUP: &str = "/api/v1/setup";
/// Users: `GET`, `POST`.
pub const USERS: &str = "/api/v1/users";
/// Events of the whole fleet: `GET`.
pub const EVENTS: &str = "/api/v1/events";
/// Health of the watches: `GET`.
pub const CLUSTER: &str = "/api/v1/cluster";
/// OpenAPI document: `GET`.
pub const OPENAPI: &str = "/api/v1/openapi.json";

/// `GET` everything about one set.
pub fn set(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}")
}

/// `POST` an action.
pub fn actions(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/actions")
}

/// `GET` one action's outcome.
pub fn action(namespace: &str, name: &str, id: &str) -> String {
    format!("{SETS}/{namespace}/{name}/actions/{id}")
}

/// `GET` rollouts and events of a set.
pub fn history(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/history")
}

/// `GET` every ordinal over time (`?from=` and `?to=`).
pub fn lanes(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/lanes")
}

/// `GET` the set as it was (`?at=`).
pub fn moment(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/moment")
}

/// `GET` the whole history as a file (`?format=csv`).
pub fn export(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/export")
}

/// `GET` one rollout.
pub fn rollout(namespace: &str, name: &str, id: i64) -> String {
    format!("{SETS}/{namespace}/{name}/rollouts/{id}")
}

/// `GET` the revisions that a set can go back to.
pub fn revisions(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/revisions")
}

/// `GET` one revision: its template and how it differs from another (`?from=NAME`).
pub fn revision(namespace: &str, name: &str, revision: &str) -> String {
    format!("{SETS}/{namespace}/{name}/revisions/{revision}")
}

/// `GET` one pod of a set in full.
pub fn pod(namespace: &str, name: &str, pod: &str) -> String {
    format!("{SETS}/{namespace}/{name}/pods/{pod}")
}

/// `GET` the log of a container of one pod (`?container=&previous=&tailLines=&sinceSeconds=&timestamps=&follow=`).
pub fn log(namespace: &str, name: &str, pod: &str) -> String {
    format!("{SETS}/{namespace}/{name}/pods/{pod}/logs")
}

/// `GET` a pod of a set as YAML (`?reveal=true`).
pub fn pod_manifest(namespace: &str, name: &str, pod: &str) -> String {
    format!("{SETS}/{namespace}/{name}/pods/{pod}/manifest")
}

/// `GET` what Kubernetes' Events say of a set itself.
pub fn set_events(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/events")
}

/// `GET` a set as YAML (`?reveal=true`).
pub fn manifest(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/manifest")
}

/// `GET` the logs of many pods of a set in one stream (`?ordinals=0,2`).
pub fn logs(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/logs")
}

/// `GET` the commands that may be run, `POST` one on every ordinal.
pub fn commands(namespace: &str, name: &str) -> String {
    format!("{SETS}/{namespace}/{name}/commands")
}

/// The live stream, from a version on, optionally with one set's detail.
pub fn live(since: Option<u64>, set: Option<(&str, &str)>) -> String {
    match (since, set) {
        (None, None) => LIVE.to_owned(),
        (Some(v), None) => format!("{LIVE}?since={v}"),
        (None, Some((ns, name))) => format!("{LIVE}?set={ns}/{name}"),
        (Some(v), Some((ns, name))) => format!("{LIVE}?since={v}&set={ns}/{name}"),
    }
}

/// Pages of the app.
pub mod page {
    pub const FLEET: &str = "/";
    pub const LOGIN: &str = "/login";
    /// The set-up secret follows in the fragment, which browsers do not send.
    pub const SETUP: &str = "/setup";
    pub const ACTIVITY: &str = "/activity";

    pub fn set(namespace: &str, name: &str) -> String {
        format!("/sets/{namespace}/{name}")
    }

    pub fn history(namespace: &str, name: &str) -> String {
        format!("/sets/{namespace}/{name}/history")
    }

    /// All ordinals side by side: their logs, and what they answer to a command.
    pub fn compare(namespace: &str, name: &str) -> String {
        format!("/sets/{namespace}/{name}/compare")
    }
}
