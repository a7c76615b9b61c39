//! Tables `instance`, `user` and `setup_link`.

mod roles;

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use model::wire::{RoleBinding, RoleName};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use self::roles::{bind_roles, is_last_admin, read_role, roles_of};
use super::{Store, StoreError};
use crate::identity::{Account, Accounts, Changed, NewAccount, SetupRow, SetupUse};

/// id, name, Kubernetes user, Kubernetes groups as JSON.
type UserRow = (i64, String, String, String);

#[async_trait]
impl Accounts for Store {
    async fn instance(&self) -> anyhow::Result<String> {
        Ok(sqlx::query_scalar("select id from instance").fetch_one(&self.read).await?)
    }

    async fn list(&self) -> anyhow::Result<Vec<Account>> {
        // One snapshot for both queries.
        let mut tx = self.read.begin().await?;
        let rows: Vec<UserRow> = sqlx::query_as(
            "select id, name, kubernetes_user, kubernetes_groups from user order by name",
        )
        .fetch_all(&mut *tx)
        .await?;
        let bindings: Vec<(i64, String, Option<String>)> =
            sqlx::query_as("select user_id, role, namespace from role_binding order by rowid")
                .fetch_all(&mut *tx)
                .await?;
        let mut roles = HashMap::<i64, Vec<RoleBinding>>::new();
        for (user, role, namespace) in bindings {
            let binding = RoleBinding { role: read_role(&role)?, namespace };
            roles.entry(user).or_default().push(binding);
        }
        rows.into_iter()
            .map(|row| {
                let roles = roles.remove(&row.0).unwrap_or_default();
                Ok(account(row, roles)?)
            })
            .collect()
    }

    async fn by_name(&self, name: &str) -> anyhow::Result<Option<Account>> {
        let mut tx = self.read.begin().await?;
        let row: Option<UserRow> = sqlx::query_as(
            "select id, name, kubernetes_user, kubernetes_groups from user where name = $1",
        )
        .bind(name)
        .fetch_optional(&mut *tx)
        .await?;
        with_roles(&mut tx, row).await
    }

    async fn by_id(&self, id: i64) -> anyhow::Result<Option<Account>> {
        let mut tx = self.read.begin().await?;
        let row: Option<UserRow> = sqlx::query_as(
            "select id, name, kubernetes_user, kubernetes_groups from user where id = $1",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        with_roles(&mut tx, row).await
    }

    async fn password_hash(&self, name: &str) -> anyhow::Result<Option<String>> {
        Ok(sqlx::query_scalar("select password_hash from user where name = $1")
            .bind(name)
            .fetch_optional(&self.read)
            .await?)
    }

    async fn has_admin(&self) -> anyhow::Result<bool> {
        Ok(sqlx::query_scalar(
            "select exists (select 1 from role_binding where role = 'admin' and namespace is null)",
        )
        .fetch_one(&self.read)
        .await?)
    }

    async fn add(&self, new: &NewAccount, at: Timestamp) -> anyhow::Result<Option<Account>> {
        let mut tx = writing(self).await?;
        let added = insert(&mut tx, new, at).await?;
        tx.commit().await?;
        Ok(added)
    }

    async fn set_password(&self, name: &str, hash: &str, at: Timestamp) -> anyhow::Result<Changed> {
        let mut tx = writing(self).await?;
        let Some(id) = id_of(&mut tx, name).await? else { return Ok(Changed::NoSuchUser) };
        sqlx::query("update user set password_hash = $2, password_set = $3 where id = $1")
            .bind(id)
            .bind(hash)
            .bind(at.as_millisecond())
            .execute(&mut *tx)
            .await?;
        sqlx::query("delete from session where user_id = $1").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    async fn set_roles(&self, name: &str, roles: &[RoleBinding]) -> anyhow::Result<Changed> {
        let mut tx = writing(self).await?;
        let Some(id) = id_of(&mut tx, name).await? else { return Ok(Changed::NoSuchUser) };
        let stays = roles.iter().any(|b| b.role == RoleName::Admin && b.namespace.is_none());
        if !stays && is_last_admin(&mut tx, id).await? {
            return Ok(Changed::LastAdmin);
        }
        sqlx::query("delete from role_binding where user_id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        bind_roles(&mut tx, id, roles).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    async fn remove(&self, name: &str) -> anyhow::Result<Changed> {
        let mut tx = writing(self).await?;
        let Some(id) = id_of(&mut tx, name).await? else { return Ok(Changed::NoSuchUser) };
        if is_last_admin(&mut tx, id).await? {
            return Ok(Changed::LastAdmin);
        }
        // Roles and sessions go with it (on delete cascade).
        sqlx::query("delete from user where id = $1").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    async fn put_setup(&self, row: &SetupRow) -> anyhow::Result<()> {
        sqlx::query(
            "insert into setup_link (one, secret_hash, expires) values (1, $1, $2)
             on conflict (one) do update set secret_hash = $1, expires = $2",
        )
        .bind(&row.secret_hash[..])
        .bind(row.expires.as_millisecond())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    async fn setup(&self) -> anyhow::Result<Option<SetupRow>> {
        let row: Option<(Vec<u8>, i64)> =
            sqlx::query_as("select secret_hash, expires from setup_link")
                .fetch_optional(&self.read)
                .await?;
        row.map(|(hash, expires)| {
            let secret_hash = hash
                .try_into()
                .map_err(|_| StoreError::Record("hash of the set-up link".to_owned()))?;
            let expires = Timestamp::from_millisecond(expires)
                .map_err(|e| StoreError::Record(format!("expiry of the set-up link: {e}")))?;
            Ok(SetupRow { secret_hash, expires })
        })
        .transpose()
    }

    async fn use_setup(
        &self,
        secret_hash: [u8; 32],
        new: &NewAccount,
        at: Timestamp,
    ) -> anyhow::Result<SetupUse> {
        let mut tx = writing(self).await?;
        let taken = sqlx::query("delete from setup_link where secret_hash = $1")
            .bind(&secret_hash[..])
            .execute(&mut *tx)
            .await?;
        if taken.rows_affected() == 0 {
            return Ok(SetupUse::Gone);
        }
        // Dropped without a commit, the link stays.
        let Some(made) = insert(&mut tx, new, at).await? else { return Ok(SetupUse::NameTaken) };
        tx.commit().await?;
        Ok(SetupUse::Made(made))
    }
}

/// A transaction that holds the write lock from its first moment, so that what it reads stays true.
async fn writing(store: &Store) -> Result<Transaction<'static, Sqlite>, StoreError> {
    Ok(store.write.begin_with("begin immediate").await?)
}

/// `None` if the name is taken.
async fn insert(
    db: &mut SqliteConnection,
    new: &NewAccount,
    at: Timestamp,
) -> anyhow::Result<Option<Account>> {
    let id: Option<i64> = sqlx::query_scalar(
        "insert into user (name, password_hash, kubernetes_user, kubernetes_groups, created, password_set)
         values ($1, $2, $3, $4, $5, $5) on conflict (name) do nothing returning id",
    )
    .bind(&new.name)
    .bind(&new.password_hash)
    .bind(&new.kubernetes_user)
    .bind(serde_json::to_string(&new.kubernetes_groups)?)
    .bind(at.as_millisecond())
    .fetch_optional(&mut *db)
    .await?;
    let Some(id) = id else { return Ok(None) };
    bind_roles(&mut *db, id, &new.roles).await?;
    let roles = roles_of(db, id).await?;
    Ok(Some(Account {
        id,
        name: new.name.clone(),
        roles,
        kubernetes_user: new.kubernetes_user.clone(),
        kubernetes_groups: new.kubernetes_groups.clone(),
    }))
}

async fn id_of(db: &mut SqliteConnection, name: &str) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("select id from user where name = $1").bind(name).fetch_optional(db).await
}

async fn with_roles(
    db: &mut SqliteConnection,
    row: Option<UserRow>,
) -> anyhow::Result<Option<Account>> {
    let Some(row) = row else { return Ok(None) };
    let roles = roles_of(db, row.0).await?;
    Ok(Some(account(row, roles)?))
}

fn account(row: UserRow, roles: Vec<RoleBinding>) -> Result<Account, StoreError> {
    let (id, name, kubernetes_user, groups) = row;
    let kubernetes_groups = serde_json::from_str(&groups)
        .map_err(|e| StoreError::Record(format!("Kubernetes groups of user {name}: {e}")))?;
    Ok(Account { id, name, roles, kubernetes_user, kubernetes_groups })
}

#[cfg(test)]
mod tests;
