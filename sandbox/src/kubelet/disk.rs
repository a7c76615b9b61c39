//! What is on a claim's volume, and what a pod sees as its files.

use serde_json::Value;

use crate::kind::Kind;
use crate::object::{self, Key, list, text};
use crate::world::World;

/// The contents of a volume. They live as long as the claim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    /// Starts of pods with this volume.
    pub(crate) visits: u64,
}

/// The file at a path in a container, as `cat` prints it; `None` if there is none.
pub(crate) fn read_file(
    world: &World,
    pod: &Value,
    container: &Value,
    path: &str,
) -> Option<String> {
    if path == "/etc/hostname" {
        return Some(format!("{}\n", object::name(pod)));
    }
    let (volume, rest) = mounted(container, path)?;
    let volume = list(pod, "/spec/volumes").iter().find(|v| v["name"] == *volume)?;
    let claim = text(volume, "/persistentVolumeClaim/claimName");
    let namespace = object::namespace(pod);
    if !claim.is_empty() {
        let claim = world.store.get(&Key::new(Kind::Claim, namespace, claim))?;
        let disk = world.kubelet.disk(object::uid(claim))?;
        return (rest == "visits").then(|| format!("{}\n", disk.visits));
    }
    let map = text(volume, "/configMap/name");
    let map = world.store.get(&Key::new(Kind::ConfigMap, namespace, map))?;
    map["data"].get(rest)?.as_str().map(str::to_owned)
}

/// The names in a folder of a container, as `ls` prints them.
pub(crate) fn list_folder(
    world: &World,
    pod: &Value,
    container: &Value,
    path: &str,
) -> Option<Vec<String>> {
    let folder = format!("{}/visits", path.trim_end_matches('/'));
    if read_file(world, pod, container, &folder).is_some() {
        return Some(vec!["visits".to_owned()]);
    }
    let (volume, rest) = mounted(container, path)?;
    let volume = list(pod, "/spec/volumes").iter().find(|v| v["name"] == *volume)?;
    let map = text(volume, "/configMap/name");
    let map = world.store.get(&Key::new(Kind::ConfigMap, object::namespace(pod), map))?;
    rest.is_empty()
        .then(|| map["data"].as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect())
}

/// The volume that is mounted at the path, and the rest of the path.
fn mounted<'a>(container: &'a Value, path: &'a str) -> Option<(&'a str, &'a str)> {
    let mounts =
        list(container, "/volumeMounts").iter().map(|m| (text(m, "/name"), text(m, "/mountPath")));
    mounts
        .filter_map(|(name, at)| {
            let rest = path.strip_prefix(at.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| (name, rest.trim_matches('/'), at.len()))
        })
        .max_by_key(|(_, _, length)| *length)
        .map(|(name, rest, _)| (name, rest))
}
