//! Somebody changed the set while the dialog was open: what was, and what is.

use model::facts::Facts;
use model::wire::SetDetail;

use super::wording;

/// One line of the then-and-now table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    pub what: String,
    pub then: String,
    pub now: String,
}

impl Differs {
    pub fn changed(&self) -> bool {
        self.then != self.now
    }
}

/// Whether the page knows a set that is not the one the dialog was opened on.
pub fn is_other(opened: &SetDetail, now: &SetDetail) -> bool {
    opened.facts.set.uid != now.facts.set.uid
        || opened.facts.set.generation != now.facts.set.generation
}

/// Then and now: who gets the update and what runs always, the rest where it changed.
pub fn table(then: &Facts, now: &Facts) -> Vec<Differs> {
    let line = |what: &str, f: &dyn Fn(&Facts) -> String| Differs {
        what: what.to_owned(),
        then: f(then),
        now: f(now),
    };
    let images = |f: &Facts| {
        let all: Vec<&str> = f.set.containers.iter().map(|c| c.image.as_str()).collect();
        all.join(", ")
    };
    let mut all = vec![line("Gets the update", &wording::gets), line("Pods", &wording::runs)];
    let more = [
        line("Image", &images),
        line("Pod template", &|f| {
            let same = f.set.template_hash == then.set.template_hash;
            if same || images(f) != images(then) {
                "as you saw it".to_owned()
            } else if f.set.restarted_at == then.set.restarted_at {
                "another: annotations, labels or other fields".to_owned()
            } else {
                "a restart was asked for".to_owned()
            }
        }),
        line("Replicas", &|f| f.set.replicas.to_string()),
        line("Strategy", &super::super::strategy_words),
        line("Set", &|f| {
            if f.set.uid == then.set.uid {
                "the one you saw".to_owned()
            } else {
                "another one of the same name".to_owned()
            }
        }),
    ];
    all.extend(more.into_iter().filter(Differs::changed));
    if !all.iter().any(Differs::changed) {
        // The generation moved by a field that the panel does not show.
        all.push(line("Change of the spec", &|f| f.set.generation.to_string()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::sample;

    #[test]
    fn a_hold_that_was_removed_shows_in_who_gets_the_update() {
        let then = sample::held(5, 3);
        let mut now = sample::held(5, 0);
        now.pods = then.pods.clone();
        now.set.generation += 1;
        let table = table(&then, &now);
        assert_eq!(table[0].what, "Gets the update");
        assert_eq!(table[0].then, "r7: web-3 and web-4");
        assert_eq!(table[0].now, "r7: all 5 pods");
        assert!(!table[1].changed());
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn a_change_of_something_unseen_is_still_a_change() {
        let then = sample::held(5, 3);
        let mut now = then.clone();
        now.set.generation += 1;
        let table = table(&then, &now);
        assert_eq!(table.last().expect("a line").what, "Change of the spec");
    }

    #[test]
    fn annotations_of_the_template_are_told_where_no_image_changed() {
        let then = sample::held(5, 3);
        let mut now = then.clone();
        now.set.generation += 1;
        now.set.template_hash = "another".into();
        let told = |now: &Facts| {
            let table = table(&then, now);
            let line = table.iter().find(|d| d.what == "Pod template").expect("it changed");
            (line.then.clone(), line.now.clone())
        };
        assert_eq!(
            told(&now),
            ("as you saw it".into(), "another: annotations, labels or other fields".into())
        );
        now.set.restarted_at = Some("2026-11-22T09:00:00Z".into());
        assert_eq!(told(&now).1, "a restart was asked for");
        // An image says it itself.
        now.set.containers[0].image = "reg/web:1.8".into();
        assert!(!table(&then, &now).iter().any(|d| d.what == "Pod template"));
    }

    #[test]
    fn a_set_made_anew_under_the_same_name_is_called_another_one() {
        let then = sample::held(5, 3);
        let mut now = then.clone();
        now.set.uid = "other".into();
        let table = table(&then, &now);
        assert!(table.iter().any(|d| d.now == "another one of the same name"));
    }
}
