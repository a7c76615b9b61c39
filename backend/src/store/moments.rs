//! A set as it was at a time of the past.

use jiff::Timestamp;
use model::set::SetKey;

use super::{Store, StoreError};
use crate::history::data::Data;
use crate::history::moment::{Moment, Recorded, moment};
use crate::history::{ms, time};

impl Store {
    /// The set of this name as it was at `at`; `None` where nothing is known of it at that time.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn moment(&self, key: &SetKey, at: Timestamp) -> Result<Option<Moment>, StoreError> {
        // A name may be many sets: the one with the newest snapshot before the moment was there then.
        let snapshot: Option<(i64, String)> = sqlx::query_as(
            "select e.id, e.set_uid from stateful_set s join event e on e.set_uid = s.uid
             where s.namespace = ?1 and s.name = ?2 and e.kind = 'snapshot' and e.at <= ?3
             order by e.id desc limit 1",
        )
        .bind(&key.namespace)
        .bind(&key.name)
        .bind(ms(at))
        .fetch_optional(&self.read)
        .await?;
        let Some((first, uid)) = snapshot else { return Ok(None) };
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "select at, data from event where set_uid = ?1 and id >= ?2 and at <= ?3 order by id",
        )
        .bind(&uid)
        .bind(first)
        .bind(ms(at))
        .fetch_all(&self.read)
        .await?;
        let events = rows
            .into_iter()
            .map(|(at, json)| Ok(Recorded { at: time(at), data: Data::from_json(&json)? }))
            .collect::<Result<Vec<_>, String>>()
            .map_err(StoreError::Record)?;
        let gaps: Vec<(i64, i64)> =
            sqlx::query_as("select began, ended from gap where began <= ?1 and ended > ?1")
                .bind(ms(at))
                .fetch_all(&self.read)
                .await?;
        let gaps: Vec<_> = gaps.into_iter().map(|(from, to)| (time(from), time(to))).collect();
        Ok(moment(&events, &gaps, at))
    }
}
