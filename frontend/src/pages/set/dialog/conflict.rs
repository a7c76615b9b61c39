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
    let mut all =
        vec![line(&wording::update_label(then), &wording::gets), line("Pods", &wording::runs)];
    let more = [
        line("Image", &images),
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
        assert_eq!(table[0].what, "Gets r7");
        assert_eq!(table[0].then, "web-3 and web-4");
        assert_eq!(table[0].now, "all 5 pods");
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
    fn a_set_made_anew_under_the_same_name_is_called_another_one() {
        let then = sample::held(5, 3);
        let mut now = then.clone();
        now.set.uid = "other".into();
        let table = table(&then, &now);
        assert!(table.iter().any(|d| d.now == "another one of the same name"));
    }
}
