//! "Changed underneath": what a failed precondition means to the person.

use jiff::Timestamp;
use model::action::Action;
use model::set::Set;
use model::wire::{ActionRequest, Expect};
use model::words::ago;

use super::{ActError, Actions};
use crate::cluster::ApiError;

impl Actions {
    /// The set is not what the caller saw.
    pub(super) async fn conflict(&self, set: &Set, expect: &Expect, now: Timestamp) -> ActError {
        let says = if set.uid == expect.uid {
            let by = match self.last_writer(set).await {
                Some((name, at)) => {
                    format!(" (by {name}, {} ago)", ago(now.duration_since(at).as_secs()))
                }
                None => String::new(),
            };
            format!("{} was changed meanwhile{by}. Nothing was sent.", set.name)
        } else {
            format!(
                "{} was deleted and created again meanwhile: this is another set of the same name. Nothing was sent.",
                set.name
            )
        };
        ActError::Conflict { says, uid: set.uid.clone(), generation: set.generation }
    }

    /// Who last wrote the spec, as managedFields tell it, and when. The panel's own manager is a person of this panel where its
    /// journal has the action whose id stands on the set.
    async fn last_writer(&self, set: &Set) -> Option<(String, Timestamp)> {
        let ours = match &set.last_action {
            // A journal that cannot be read costs no more than the name.
            Some(id) => self.journal.find(id).await.ok().flatten(),
            None => None,
        };
        let ours = ours.filter(|entry| entry.set_uid == set.uid);
        let is_panel = |name: &str| name == model::FIELD_MANAGER;
        let writers = set.managers.iter().filter(|m| m.owns.spec);
        let (at, last) = writers
            .filter_map(|m| Some((m.at?, m)))
            // Times are whole seconds. Whose id stands on the set wrote it last.
            .max_by_key(|(at, m)| (*at, ours.is_some() && is_panel(&m.name)))?;
        let name = match ours {
            Some(entry) if is_panel(&last.name) => format!("{}, through this panel", entry.user),
            _ => crate::history::attribute::friendly(&last.name),
        };
        Some((name, at))
    }
}

/// A pod precondition does not hold, while the set is as the caller saw it.
pub(super) fn pod_gone(request: &ActionRequest, pod: Option<&str>, error: ApiError) -> ActError {
    match (&request.action, pod) {
        (Action::DeletePod { pod, .. } | Action::EvictPod { pod, .. }, _) => ActError::Conflict {
            says: format!("{pod} is gone or is another pod by now. Nothing was deleted."),
            uid: request.expect.uid.clone(),
            generation: request.expect.generation,
        },
        (Action::Abort { .. }, Some(pod)) => ActError::Conflict {
            says: format!("{pod} is gone or is another pod by now. Nothing was changed."),
            uid: request.expect.uid.clone(),
            generation: request.expect.generation,
        },
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use model::facts::Facts;
    use model::set::{Manager, Owned};
    use model::testing::{ago, sts};

    use super::*;
    use crate::actions::testing::{Bench, pending, request};

    fn wrote(name: &str, seconds: i64, spec: bool) -> Manager {
        Manager {
            name: name.to_owned(),
            operation: "Update".to_owned(),
            at: Some(ago(seconds)),
            owns: Owned { spec, ..Owned::default() },
        }
    }

    /// What bob reads who acts on the set as it was before these wrote.
    async fn reads(bench: &Bench, mut now: Facts, managers: Vec<Manager>) -> String {
        let seen = sts("web").facts();
        now.set.generation = 2;
        now.set.managers = managers;
        bench.cluster.put(now);
        match bench.actions.run(request(&seen, Action::Scale { replicas: 4 })).await {
            Err(ActError::Conflict { says, generation: 2, .. }) => says,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_colleague_on_this_panel_is_named() {
        let web = sts("web").facts();
        let bench = Bench::with(web.clone());
        bench.journal.keep(pending("a-1", &web, Action::Finish {}));
        let acted = sts("web").with(|f| f.set.last_action = Some("a-1".to_owned())).facts();
        let both = vec![wrote("rollcall", 12, true), wrote("kubectl-edit", 12, true)];
        assert_eq!(
            reads(&bench, acted.clone(), both).await,
            "web was changed meanwhile (by alice, through this panel, 12 s ago). Nothing was sent."
        );
        // Somebody else came after her.
        let later = vec![wrote("rollcall", 12, true), wrote("kubectl-edit", 3, true)];
        assert!(reads(&bench, acted, later).await.contains("(by kubectl, 3 s ago)"));
    }

    #[tokio::test]
    async fn who_only_wrote_an_annotation_did_not_change_the_spec() {
        let bench = Bench::with(sts("web").facts());
        let managers = vec![wrote("helm", 60, true), wrote("annotator", 1, false)];
        assert!(reads(&bench, sts("web").facts(), managers).await.contains("(by Helm, 60 s ago)"));
        let nobody = vec![wrote("annotator", 1, false)];
        assert_eq!(
            reads(&bench, sts("web").facts(), nobody).await,
            "web was changed meanwhile. Nothing was sent."
        );
    }

    #[tokio::test]
    async fn an_action_that_this_journal_does_not_know_was_another_panels() {
        let bench = Bench::with(sts("web").facts());
        let acted = sts("web").with(|f| f.set.last_action = Some("b-7".to_owned())).facts();
        let says = reads(&bench, acted, vec![wrote("rollcall", 5, true)]).await;
        assert!(says.contains("(by another Rollcall, 5 s ago)"), "{says}");
    }
}
