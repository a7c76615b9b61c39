use jiff::ToSpan;

use super::*;
use crate::identity::testing::{Panel, everywhere};

fn new(name: &str, role: RoleName) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        password_hash: format!("hash of {name}"),
        roles: everywhere(role),
        kubernetes_user: format!("{name}@example.org"),
        kubernetes_groups: vec!["team, \"one\"".to_owned(), "two".to_owned()],
    }
}

async fn made(panel: &Panel, name: &str, role: RoleName) -> Account {
    panel.store.add(&new(name, role), panel.time.now()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_user_comes_back_as_it_was_stored() {
    let panel = Panel::new().await;
    let binding = |role, namespace: &str| RoleBinding { role, namespace: Some(namespace.into()) };
    let roles = vec![
        RoleBinding { role: RoleName::Viewer, namespace: None },
        binding(RoleName::Operator, "shop"),
        binding(RoleName::Admin, "bank"),
    ];
    let alice = NewAccount { roles: roles.clone(), ..new("alice", RoleName::Viewer) };
    let account = panel.store.add(&alice, panel.time.now()).await.unwrap().unwrap();
    assert_eq!(account.roles, roles);
    assert_eq!(account.kubernetes_groups, alice.kubernetes_groups);
    assert_eq!(panel.store.by_name("alice").await.unwrap(), Some(account.clone()));
    assert_eq!(panel.store.by_id(account.id).await.unwrap(), Some(account.clone()));
    let hash = panel.store.password_hash("alice").await.unwrap();
    assert_eq!(hash.as_deref(), Some("hash of alice"));
    let aaron = made(&panel, "aaron", RoleName::Viewer).await;
    assert_eq!(panel.store.list().await.unwrap(), [aaron, account]);
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let panel = Panel::new().await;
    let store = &panel.store;
    assert_eq!(store.by_name("nobody").await.unwrap(), None);
    assert_eq!(store.by_id(1).await.unwrap(), None);
    assert_eq!(store.password_hash("nobody").await.unwrap(), None);
    assert_eq!(store.remove("nobody").await.unwrap(), Changed::NoSuchUser);
    assert_eq!(store.set_roles("nobody", &[]).await.unwrap(), Changed::NoSuchUser);
    let now = panel.time.now();
    assert_eq!(store.set_password("nobody", "x", now).await.unwrap(), Changed::NoSuchUser);
}

#[tokio::test]
async fn a_taken_name_changes_nothing() {
    let panel = Panel::new().await;
    let first = made(&panel, "alice", RoleName::Viewer).await;
    let again = panel.store.add(&new("alice", RoleName::Admin), panel.time.now()).await;
    assert_eq!(again.unwrap(), None);
    assert_eq!(panel.store.list().await.unwrap(), [first]);
}

#[tokio::test]
async fn the_same_role_twice_is_one() {
    let panel = Panel::new().await;
    made(&panel, "alice", RoleName::Viewer).await;
    let twice = [everywhere(RoleName::Operator), everywhere(RoleName::Operator)].concat();
    assert_eq!(panel.store.set_roles("alice", &twice).await.unwrap(), Changed::Done);
    let alice = panel.store.by_name("alice").await.unwrap().unwrap();
    assert_eq!(alice.roles, everywhere(RoleName::Operator));
}

#[tokio::test]
async fn the_last_admin_of_everything_keeps_that_role() {
    let panel = Panel::new().await;
    let store = &panel.store;
    assert!(!store.has_admin().await.unwrap());
    made(&panel, "root", RoleName::Admin).await;
    made(&panel, "alice", RoleName::Operator).await;
    let bank = [RoleBinding { role: RoleName::Admin, namespace: Some("bank".to_owned()) }];
    assert_eq!(store.set_roles("alice", &bank).await.unwrap(), Changed::Done);
    assert!(store.has_admin().await.unwrap());
    assert_eq!(store.remove("root").await.unwrap(), Changed::LastAdmin);
    assert_eq!(store.set_roles("root", &bank).await.unwrap(), Changed::LastAdmin);
    let root = store.by_name("root").await.unwrap().unwrap();
    assert_eq!(root.roles, everywhere(RoleName::Admin));
    assert_eq!(
        store.set_roles("alice", &everywhere(RoleName::Admin)).await.unwrap(),
        Changed::Done
    );
    assert_eq!(store.remove("root").await.unwrap(), Changed::Done);
    assert_eq!(store.by_name("root").await.unwrap(), None);
}

#[tokio::test]
async fn an_id_is_never_used_again() {
    let panel = Panel::new().await;
    let first = made(&panel, "alice", RoleName::Viewer).await;
    panel.store.remove("alice").await.unwrap();
    assert_ne!(made(&panel, "alice", RoleName::Viewer).await.id, first.id);
}

#[tokio::test]
async fn a_setup_link_is_replaced_read_and_used_with_its_user_or_not_at_all() {
    let panel = Panel::new().await;
    let store = &panel.store;
    assert_eq!(store.setup().await.unwrap(), None);
    let now = panel.time.now();
    let old = SetupRow { secret_hash: [1; 32], expires: now };
    let row = SetupRow { secret_hash: [2; 32], expires: now + 1.minutes() };
    store.put_setup(&old).await.unwrap();
    store.put_setup(&row).await.unwrap();
    assert_eq!(store.setup().await.unwrap(), Some(row.clone()));

    made(&panel, "alice", RoleName::Viewer).await;
    let root = new("root", RoleName::Admin);
    assert_eq!(store.use_setup([1; 32], &root, now).await.unwrap(), SetupUse::Gone);
    let alice = new("alice", RoleName::Admin);
    assert_eq!(store.use_setup([2; 32], &alice, now).await.unwrap(), SetupUse::NameTaken);
    assert_eq!(store.setup().await.unwrap(), Some(row));
    let made = store.use_setup([2; 32], &root, now).await.unwrap();
    assert!(matches!(made, SetupUse::Made(account) if account.name == "root"));
    assert_eq!(store.setup().await.unwrap(), None);
    assert_eq!(store.use_setup([2; 32], &root, now).await.unwrap(), SetupUse::Gone);
}

#[tokio::test]
async fn each_database_has_a_name_of_its_own() {
    let (one, two) = (Panel::new().await, Panel::new().await);
    let id = one.store.instance().await.unwrap();
    assert!(id.len() == 8 && id.bytes().all(|c| c.is_ascii_alphanumeric()), "{id}");
    assert_eq!(one.store.instance().await.unwrap(), id);
    assert_ne!(two.store.instance().await.unwrap(), id);
}
