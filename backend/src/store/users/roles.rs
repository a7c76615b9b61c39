//! Table `role_binding`.

use model::wire::{RoleBinding, RoleName};
use sqlx::SqliteConnection;

use crate::store::StoreError;

/// Adds roles to a user; the same binding twice is one.
pub(super) async fn bind_roles(
    db: &mut SqliteConnection,
    user: i64,
    roles: &[RoleBinding],
) -> anyhow::Result<()> {
    for binding in roles {
        sqlx::query(
            "insert into role_binding (user_id, role, namespace) values ($1, $2, $3)
             on conflict do nothing",
        )
        .bind(user)
        .bind(write_role(binding.role))
        .bind(binding.namespace.as_deref())
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Whether this user is the only admin in all namespaces.
pub(super) async fn is_last_admin(db: &mut SqliteConnection, user: i64) -> sqlx::Result<bool> {
    let admins: Vec<i64> = sqlx::query_scalar(
        "select user_id from role_binding where role = 'admin' and namespace is null",
    )
    .fetch_all(db)
    .await?;
    Ok(admins == [user])
}

/// A user's roles in the order in which they were given.
pub(super) async fn roles_of(
    db: &mut SqliteConnection,
    user: i64,
) -> anyhow::Result<Vec<RoleBinding>> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "select role, namespace from role_binding where user_id = $1 order by rowid",
    )
    .bind(user)
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|(role, namespace)| Ok(RoleBinding { role: read_role(&role)?, namespace }))
        .collect()
}

fn write_role(role: RoleName) -> &'static str {
    match role {
        RoleName::Viewer => "viewer",
        RoleName::Operator => "operator",
        RoleName::Admin => "admin",
    }
}

pub(super) fn read_role(text: &str) -> Result<RoleName, StoreError> {
    match text {
        "viewer" => Ok(RoleName::Viewer),
        "operator" => Ok(RoleName::Operator),
        "admin" => Ok(RoleName::Admin),
        other => Err(StoreError::Record(format!("a role {other:?}"))),
    }
}
