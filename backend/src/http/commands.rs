//! The same command on every ordinal: which ones there are, and running one.

pub(super) mod get;
pub(super) mod post;

use model::wire::RoleName;

use crate::cluster::Caller;
use crate::http::problem::ApiProblem;
use crate::http::sight;
use crate::http::state::AppState;
use crate::identity::User;

/// Lets somebody in who may run commands in the namespace: as an operator of the panel, and by the cluster's rights.
///
/// # Errors
/// 403 `role-missing` or `no-access`.
async fn permit(state: &AppState, user: &User, namespace: &str) -> Result<Caller, ApiProblem> {
    user.require(RoleName::Operator, namespace)?;
    let caller = user.caller(state.authority);
    if !sight::may(state, &caller, "create", ("", EXEC), Some(namespace)).await? {
        return Err(ApiProblem::no_access(&caller, "create", EXEC, namespace));
    }
    Ok(caller)
}

const EXEC: &str = "pods/exec";

#[cfg(test)]
mod tests;
