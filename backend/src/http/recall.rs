//! Rights as they were last known: an API server that does not answer takes nothing off the page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cluster::{Access, ApiError, ApiErrorKind, Caller};

/// The last answers about lists. What is shown by them while the API server is silent is what it was before. Rights to get
/// something (templates) are not recalled. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Recall(Arc<Mutex<HashMap<(Caller, Access), bool>>>);

/// Answers kept at most; then all are forgotten, and the next ones are kept again.
const KEPT: usize = 20_000;

impl Recall {
    /// The answer, or the last one if the API server gave none.
    pub(super) fn complete(
        &self,
        caller: &Caller,
        access: Access,
        answer: Result<bool, ApiError>,
    ) -> Result<bool, ApiError> {
        if access.verb != "list" {
            return answer;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (caller.clone(), access);
        match answer {
            Ok(allowed) => {
                if known.len() >= KEPT && !known.contains_key(&key) {
                    known.clear();
                }
                known.insert(key, allowed);
                Ok(allowed)
            }
            Err(e) if e.kind == ApiErrorKind::Unreachable => known.get(&key).copied().ok_or(e),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(verb: &'static str, resource: &'static str) -> Access {
        Access { verb, group: "", resource, namespace: None }
    }

    fn error(kind: ApiErrorKind) -> Result<bool, ApiError> {
        Err(ApiError { kind, code: 0, reason: String::new(), message: String::new() })
    }

    #[test]
    fn only_silence_recalls_the_last_answer_and_only_about_lists() {
        let recall = Recall::default();
        let ask = |access: Access, answer| recall.complete(&Caller::Panel, access, answer);
        let silence = || error(ApiErrorKind::Unreachable);
        assert!(ask(access("list", "pods"), silence()).is_err(), "nothing is known yet");
        assert_eq!(ask(access("list", "pods"), Ok(true)), Ok(true));
        assert_eq!(ask(access("list", "pods"), silence()), Ok(true));
        assert!(ask(access("list", "pods"), error(ApiErrorKind::Unauthorized)).is_err());
        assert_eq!(ask(access("list", "pods"), Ok(false)), Ok(false));
        assert_eq!(ask(access("list", "pods"), silence()), Ok(false));
        assert_eq!(ask(access("get", "pods"), Ok(true)), Ok(true));
        assert!(ask(access("get", "pods"), silence()).is_err());
        assert!(ask(access("list", "services"), silence()).is_err(), "another kind");
    }
}
