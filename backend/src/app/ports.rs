//! What the routes ask for, given by the rooms that have it.

use async_trait::async_trait;

use crate::cluster::rights::Rights;
use crate::cluster::{Access, ApiError, Caller};
use crate::http::state;

#[async_trait]
impl state::Rights for Rights {
    async fn may(&self, caller: &Caller, access: &Access) -> Result<bool, ApiError> {
        Self::may(self, caller, access).await
    }
}
