use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use model::action::PatchOp;
use model::facts::Facts;
use model::set::{Set, SetKey};

use super::super::ClusterInfo;
use super::*;

/// Answers access reviews from a list of what alice may, and counts them.
struct Reviews {
    /// `verb resource namespace`, the namespace empty for all.
    granted: Mutex<Vec<&'static str>>,
    asked: Mutex<Vec<String>>,
    down: Mutex<bool>,
}

#[async_trait]
impl Cluster for Reviews {
    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        if *self.down.lock().unwrap() {
            return Err(ApiError::unreachable("down".into()));
        }
        let namespace = access.namespace.as_deref().unwrap_or_default();
        let text = format!("{} {} {namespace}", access.verb, access.resource);
        let granted = self.granted.lock().unwrap().contains(&text.as_str());
        self.asked.lock().unwrap().push(text);
        Ok(granted && *caller == alice())
    }

    async fn info(&self) -> Result<ClusterInfo, ApiError> {
        unreachable!("rights ask for reviews only")
    }
    async fn who_am_i(&self, _: &Caller) -> Result<(String, Vec<String>), ApiError> {
        unreachable!("rights ask for reviews only")
    }
    async fn read_set(&self, _: &Caller, _: &SetKey) -> Result<Option<Set>, ApiError> {
        unreachable!("rights ask for reviews only")
    }
    async fn read_facts(&self, _: &SetKey) -> Result<Option<Facts>, ApiError> {
        unreachable!("rights ask for reviews only")
    }
    async fn patch_set(
        &self,
        _: &Caller,
        _: &SetKey,
        _: &[PatchOp],
        _: bool,
    ) -> Result<Set, ApiError> {
        unreachable!("rights ask for reviews only")
    }
    async fn delete_pod(
        &self,
        _: &Caller,
        _: &str,
        _: &str,
        _: &str,
        _: bool,
    ) -> Result<(), ApiError> {
        unreachable!("rights ask for reviews only")
    }
    async fn evict_pod(
        &self,
        _: &Caller,
        _: &str,
        _: &str,
        _: &str,
        _: bool,
    ) -> Result<(), ApiError> {
        unreachable!("rights ask for reviews only")
    }
}

struct Scene {
    reviews: Arc<Reviews>,
    rights: Rights,
    seconds: Arc<AtomicI64>,
}

impl Scene {
    fn new(granted: &[&'static str]) -> Self {
        let reviews = Arc::new(Reviews {
            granted: Mutex::new(granted.to_vec()),
            asked: Mutex::default(),
            down: Mutex::new(false),
        });
        let seconds = Arc::new(AtomicI64::new(0));
        let clock = Clock::from_fn({
            let seconds = Arc::clone(&seconds);
            move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
        });
        let rights = Rights::new(Arc::clone(&reviews) as Arc<dyn Cluster>, clock);
        Self { reviews, rights, seconds }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.reviews.asked.lock().unwrap())
    }
}

fn alice() -> Caller {
    Caller::User { user: "alice".into(), groups: vec![] }
}

fn bob() -> Caller {
    Caller::User { user: "bob".into(), groups: vec![] }
}

fn list_pods(namespace: Option<&str>) -> Access {
    Access { verb: "list", group: "", resource: "pods", namespace: namespace.map(str::to_owned) }
}

#[tokio::test]
async fn a_right_everywhere_is_asked_for_once_and_serves_every_namespace() {
    let scene = Scene::new(&["list pods "]);
    for namespace in [Some("shop"), Some("test"), None] {
        assert!(scene.rights.may(&alice(), &list_pods(namespace)).await.unwrap());
    }
    assert_eq!(scene.asked(), ["list pods "]);
}

#[tokio::test]
async fn a_right_in_one_namespace_is_asked_for_second() {
    let scene = Scene::new(&["list pods shop"]);
    assert!(scene.rights.may(&alice(), &list_pods(Some("shop"))).await.unwrap());
    assert!(!scene.rights.may(&alice(), &list_pods(Some("test"))).await.unwrap());
    assert_eq!(scene.asked(), ["list pods ", "list pods shop", "list pods test"]);
    assert!(!scene.rights.may(&bob(), &list_pods(Some("shop"))).await.unwrap());
}

#[tokio::test]
async fn an_answer_is_believed_for_a_minute() {
    let scene = Scene::new(&["list pods "]);
    assert!(scene.rights.may(&alice(), &list_pods(None)).await.unwrap());
    scene.reviews.granted.lock().unwrap().clear();
    scene.seconds.store(59, Ordering::SeqCst);
    assert!(scene.rights.may(&alice(), &list_pods(None)).await.unwrap());
    scene.seconds.store(60, Ordering::SeqCst);
    assert!(!scene.rights.may(&alice(), &list_pods(None)).await.unwrap());
    assert_eq!(scene.asked().len(), 2);
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let scene = Scene::new(&["list pods "]);
    *scene.reviews.down.lock().unwrap() = true;
    scene.rights.may(&alice(), &list_pods(None)).await.unwrap_err();
    *scene.reviews.down.lock().unwrap() = false;
    assert!(scene.rights.may(&alice(), &list_pods(None)).await.unwrap());
}

#[tokio::test]
async fn what_is_forgotten_is_asked_again() {
    let scene = Scene::new(&["list pods "]);
    scene.rights.may(&alice(), &list_pods(None)).await.unwrap();
    scene.rights.may(&bob(), &list_pods(None)).await.unwrap();
    scene.rights.forget(&alice());
    scene.asked();
    scene.rights.may(&alice(), &list_pods(None)).await.unwrap();
    scene.rights.may(&bob(), &list_pods(None)).await.unwrap();
    assert_eq!(scene.asked(), ["list pods "]);
}

#[tokio::test]
async fn the_namespaces_with_a_right_are_found_in_order() {
    let scene = Scene::new(&["list pods c", "list pods a"]);
    let namespaces: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
    let allowed = scene.rights.where_may(&alice(), &list_pods(None), &namespaces).await.unwrap();
    assert_eq!(allowed, Allowed::In(vec!["a".into(), "c".into()]));
    assert!(allowed.contains("c") && !allowed.contains("b"));
    scene.reviews.granted.lock().unwrap().push("list pods ");
    scene.rights.forget(&alice());
    let allowed = scene.rights.where_may(&alice(), &list_pods(None), &namespaces).await.unwrap();
    assert_eq!(allowed, Allowed::Everywhere);
}

#[tokio::test]
async fn the_memory_is_bounded() {
    let scene = Scene::new(&[]);
    for n in 0..=KEPT {
        let namespace = format!("ns-{n}");
        scene.rights.ask(&alice(), &list_pods(Some(&namespace))).await.unwrap();
    }
    assert!(scene.rights.answers().len() <= KEPT);
}
