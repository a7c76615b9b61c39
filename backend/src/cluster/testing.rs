//! A small API server on loopback for tests of this room: lists, watches, and whatever a test scripts.

mod objects;

pub(super) use objects::*;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::api::{Connection, Source};

/// One request as it came in.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Recorded {
    pub(super) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect()
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('='))
    }

    /// Namespace, resource and name in the path.
    fn place(&self) -> (Option<&str>, &str, Option<&str>) {
        let rest = self.path.trim_start_matches("/apis/apps/v1/").trim_start_matches("/api/v1/");
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["namespaces", namespace, resource] => (Some(namespace), resource, None),
            ["namespaces", namespace, resource, name, ..] => {
                (Some(namespace), resource, Some(name))
            }
            [resource, name, ..] => (None, resource, Some(name)),
            [resource] => (None, resource, None),
            [] => (None, "", None),
        }
    }
}

type Script = Box<dyn Fn(&Recorded) -> Option<(u16, Value)> + Send>;

/// One watch that is open.
struct Watcher {
    resource: String,
    namespace: Option<String>,
    lines: mpsc::UnboundedSender<Bytes>,
}

#[derive(Default)]
struct World {
    /// By resource, namespace and name.
    objects: BTreeMap<(String, String, String), Value>,
    version: u64,
    /// Positions below this one are expired.
    oldest: u64,
    /// Version, resource, namespace, line.
    past: Vec<(u64, String, String, Bytes)>,
    watchers: Vec<Watcher>,
    script: Option<Script>,
    requests: Vec<Recorded>,
    token: Option<String>,
    page: usize,
}

struct Shared {
    world: Mutex<World>,
    /// Rises with each watch that is opened.
    watched: watch::Sender<u64>,
}

/// The server. Stops when dropped.
pub(super) struct Fake {
    shared: Arc<Shared>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Fake {
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared {
            world: Mutex::new(World { version: 10, page: 500, ..World::default() }),
            watched: watch::Sender::new(0),
        });
        let (runtime, address) = serve("127.0.0.1:0".parse().unwrap(), &shared);
        Self { shared, address, runtime: Some(runtime) }
    }

    /// The process dies: all connections break.
    pub(super) async fn stop(&mut self) {
        let runtime = self.runtime.take().expect("it runs");
        // Waits until the sockets are closed.
        let stop = move || runtime.shutdown_timeout(std::time::Duration::from_secs(10));
        tokio::task::spawn_blocking(stop).await.unwrap();
        self.world().watchers.clear();
    }

    /// It comes back under the same address.
    pub(super) fn start_again(&mut self) {
        let (runtime, _) = serve(self.address, &self.shared);
        self.runtime = Some(runtime);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap()
    }

    pub(super) fn connection(&self) -> Arc<Connection> {
        let mut config = kube::Config::new(format!("http://{}", self.address).parse().unwrap());
        config.default_retry = false;
        Arc::new(Connection::with_client(kube::Client::try_from(config).unwrap()))
    }

    /// Writes a kubeconfig into the folder; `user` are the fields of its user.
    pub(super) fn kubeconfig(&self, folder: &tempfile::TempDir, user: &Value) -> PathBuf {
        let path = folder.path().join("kubeconfig");
        let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "k", "cluster": {"server": format!("http://{}", self.address)}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}]});
        std::fs::write(&path, config.to_string()).unwrap();
        path
    }

    pub(super) async fn connection_of(&self, kubeconfig: PathBuf) -> Arc<Connection> {
        let source = Source::Kubeconfig { path: Some(kubeconfig), context: None };
        Arc::new(Connection::open(source).await.unwrap())
    }

    /// Only this token is accepted from now on.
    pub(super) fn accept_only(&self, token: &str) {
        self.world().token = Some(token.to_owned());
    }

    /// Answers requests by the script where it has an answer.
    pub(super) fn answer(
        &self,
        script: impl Fn(&Recorded) -> Option<(u16, Value)> + Send + 'static,
    ) {
        self.world().script = Some(Box::new(script));
    }

    pub(super) fn answer_as_usual(&self) {
        self.world().script = None;
    }

    /// So many objects a page.
    pub(super) fn page(&self, size: usize) {
        self.world().page = size;
    }

    /// Creates or changes an object and tells the watchers.
    pub(super) fn put(&self, resource: &str, object: Value) {
        self.world().put(resource, object);
    }

    pub(super) fn delete(&self, resource: &str, namespace: &str, name: &str) {
        let key = (resource.to_owned(), namespace.to_owned(), name.to_owned());
        let mut world = self.world();
        let mut object = world.objects.remove(&key).expect("it exists");
        world.version += 1;
        object["metadata"]["resourceVersion"] = json!(world.version.to_string());
        world.tell("DELETED", resource, &object);
    }

    /// Ends all watches in good order.
    pub(super) fn end_watches(&self) {
        self.world().watchers.clear();
    }

    /// Forgets the past: every position is too old.
    pub(super) fn compact(&self) {
        let mut world = self.world();
        world.version += 1;
        world.oldest = world.version;
        world.past.clear();
    }

    /// A line as it is, to the watchers of a resource.
    pub(super) fn say(&self, resource: &str, line: &str) {
        let line = Bytes::from(format!("{line}\n"));
        for watcher in self.world().watchers.iter().filter(|w| w.resource == resource) {
            watcher.lines.send(line.clone()).unwrap();
        }
    }

    /// Requests since the last call of this.
    pub(super) fn requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.world().requests)
    }

    /// Waits until so many watches of the resource are open.
    pub(super) async fn until_watched(&self, resource: &str, watches: usize) {
        let mut changes = self.shared.watched.subscribe();
        let open = |world: &World| {
            world.watchers.iter().filter(|w| w.resource == resource && !w.lines.is_closed()).count()
        };
        while open(&self.world()) < watches {
            changes.changed().await.unwrap();
        }
    }
}

impl World {
    fn put(&mut self, resource: &str, mut object: Value) {
        self.version += 1;
        let meta = &mut object["metadata"];
        meta["resourceVersion"] = json!(self.version.to_string());
        let text = |key: &str| meta[key].as_str().unwrap_or_default().to_owned();
        let key = (resource.to_owned(), text("namespace"), text("name"));
        let known = self.objects.insert(key, object.clone()).is_some();
        self.tell(if known { "MODIFIED" } else { "ADDED" }, resource, &object);
    }

    fn tell(&mut self, what: &str, resource: &str, object: &Value) {
        let line = Bytes::from(format!("{}\n", json!({"type": what, "object": object})));
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        for watcher in &self.watchers {
            let concerned = watcher.namespace.as_ref().is_none_or(|n| *n == namespace);
            if watcher.resource == resource && concerned {
                let _ = watcher.lines.send(line.clone());
            }
        }
        self.past.push((self.version, resource.to_owned(), namespace, line));
    }

    fn list(&self, request: &Recorded) -> Value {
        let (namespace, resource, _) = request.place();
        let start: usize = request.param("continue").map_or(0, |t| t.parse().unwrap());
        let all: Vec<&Value> = self
            .objects
            .iter()
            .filter(|((r, ns, _), _)| r == resource && namespace.is_none_or(|n| n == ns))
            .map(|(_, object)| object)
            .collect();
        let end = (start + self.page).min(all.len());
        let token = if end < all.len() { end.to_string() } else { String::new() };
        json!({"apiVersion": "v1", "kind": "List", "items": all[start..end],
            "metadata": {"resourceVersion": self.version.to_string(), "continue": token}})
    }

    fn watch(&mut self, request: &Recorded) -> Body {
        let (namespace, resource, _) = request.place();
        let from: u64 = request.param("resourceVersion").unwrap().parse().unwrap();
        let (lines, receiver) = mpsc::unbounded_channel();
        if from < self.oldest {
            let gone = status(410, "Expired", "too old resource version");
            let line = format!("{}\n", json!({"type": "ERROR", "object": gone}));
            lines.send(Bytes::from(line)).unwrap();
        } else {
            for (version, r, ns, line) in &self.past {
                if *version > from && r == resource && namespace.is_none_or(|n| n == ns) {
                    lines.send(line.clone()).unwrap();
                }
            }
            self.watchers.push(Watcher {
                resource: resource.to_owned(),
                namespace: namespace.map(str::to_owned),
                lines,
            });
        }
        Body::from_stream(UnboundedReceiverStream::new(receiver).map(Ok::<_, std::io::Error>))
    }
}

/// A `Status` as the API server answers it.
pub(super) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code,
        "reason": reason, "message": message})
}

fn serve(address: SocketAddr, shared: &Arc<Shared>) -> (Runtime, SocketAddr) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = std::net::TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(handle).with_state(Arc::clone(shared));
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
    (runtime, address)
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let request = Recorded {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let mut world = shared.world.lock().unwrap();
    world.requests.push(request.clone());
    let json = |code: u16, value: &Value| {
        let code = StatusCode::from_u16(code).unwrap();
        (code, [("content-type", "application/json")], value.to_string()).into_response()
    };
    if let Some(token) = &world.token
        && request.header("authorization") != [format!("Bearer {token}")]
    {
        return json(401, &status(401, "Unauthorized", "Unauthorized"));
    }
    if let Some((code, answer)) = world.script.as_ref().and_then(|script| script(&request)) {
        return json(code, &answer);
    }
    if request.method != "GET" {
        return json(405, &status(405, "MethodNotAllowed", "the test scripted no answer"));
    }
    let (namespace, resource, name) = request.place();
    if let Some(name) = name {
        let key = (resource.to_owned(), namespace.unwrap_or_default().to_owned(), name.to_owned());
        return match world.objects.get(&key) {
            Some(object) => json(200, object),
            None => {
                json(404, &status(404, "NotFound", &format!("{resource} \"{name}\" not found")))
            }
        };
    }
    if request.param("watch") == Some("true") {
        let body = world.watch(&request);
        drop(world);
        shared.watched.send_modify(|n| *n += 1);
        return (StatusCode::OK, [("content-type", "application/json")], body).into_response();
    }
    json(200, &world.list(&request))
}
