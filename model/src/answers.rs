//! What the pods of a set answer to the same command, compared.
//!
//! Two answers are the same if the exit codes and the standard outputs are, white space at its end aside. Standard error is
//! shown and not compared: it is where programs put what differs by nature.

use crate::ordinals::Ordinals;
use crate::wire::{CommandAnswer, CommandGroup};
use crate::words::{self, verb};

/// Longest answer that a sentence quotes, in characters.
const SHORT: usize = 60;
/// So many different answers a sentence tells one by one.
const TOLD: usize = 4;

/// Answers with their groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Everybody answered, and the same.
    pub agree: bool,
    pub sentence: String,
    /// The largest first, equal ones by their lowest ordinal.
    pub groups: Vec<CommandGroup>,
    /// By ordinal, each with its group.
    pub answers: Vec<CommandAnswer>,
}

/// Compares the answers of pods of this set.
pub fn compare(set: &str, mut answers: Vec<CommandAnswer>) -> Compared {
    answers.sort_by_key(|a| a.ordinal);
    // Indices of answers, by what is the same in them.
    let mut same: Vec<Vec<usize>> = Vec::new();
    for (i, answer) in answers.iter().enumerate() {
        if answer.unanswered.is_some() {
            continue;
        }
        match same.iter_mut().find(|group| key(&answers[group[0]]) == key(answer)) {
            Some(group) => group.push(i),
            None => same.push(vec![i]),
        }
    }
    // Stable: of equal size, the one with the lowest ordinal first.
    same.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let most = same.first().is_some_and(|first| same.get(1).is_none_or(|s| s.len() < first.len()));
    let most = most.then(|| same[0][0]);
    let groups: Vec<CommandGroup> = same
        .iter()
        .map(|group| {
            let one = &answers[group[0]];
            CommandGroup {
                ordinals: group.iter().map(|i| answers[*i].ordinal).collect(),
                says: says(one),
                most: most == Some(group[0]),
                differs: most.and_then(|most| differs(one, &answers[most])),
            }
        })
        .collect();
    let endings: Vec<bool> = same.iter().map(|group| failed(&answers[group[0]])).collect();
    for (n, group) in same.iter().enumerate() {
        for i in group {
            answers[*i].group = u32::try_from(n).ok();
        }
    }
    let silent = silent(set, &answers);
    let agree = groups.len() == 1 && silent.is_none();
    let told = told(set, &groups, &endings, answers.len());
    let sentence = [told, silent].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Compared { agree, sentence, groups, answers }
}

fn key(answer: &CommandAnswer) -> (Option<i32>, bool, &str) {
    (answer.exit_code, answer.cut, answer.stdout.trim_end())
}

/// It ended with another code than 0.
fn failed(answer: &CommandAnswer) -> bool {
    answer.exit_code.is_some_and(|code| code != 0)
}

fn short(text: &str) -> String {
    let mut chars = text.trim().chars();
    let head: String = chars.by_ref().take(SHORT).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}

/// The answer in short.
fn says(answer: &CommandAnswer) -> String {
    if let Some(code) = answer.exit_code.filter(|code| *code != 0) {
        let words = answer.stderr.lines().chain(answer.stdout.lines());
        return match words.map(str::trim).find(|l| !l.is_empty()) {
            Some(line) => format!("exit code {code} ({})", short(line)),
            None => format!("exit code {code}"),
        };
    }
    let text = answer.stdout.trim_end();
    let first = text.lines().next().unwrap_or_default();
    match text.lines().count() {
        _ if answer.cut => format!("more than is kept, beginning with \"{}\"", short(first)),
        0 => "nothing".to_owned(),
        1 => short(text),
        n => format!("{n} lines, the first \"{}\"", short(first)),
    }
}

/// How a number differs from another.
fn differs(one: &CommandAnswer, most: &CommandAnswer) -> Option<String> {
    let number = |a: &CommandAnswer| a.stdout.trim().parse::<i128>().ok().filter(|_| !a.cut);
    let (one, most) = (number(one)?, number(most)?);
    let by = one.checked_sub(most)?;
    match by {
        0 => None,
        1.. => Some(format!("{by} higher")),
        _ => Some(format!("{} lower", by.unsigned_abs())),
    }
}

/// "web-2 says 1479; the other 4 pods say 1482."
fn told(set: &str, groups: &[CommandGroup], failed: &[bool], asked: usize) -> Option<String> {
    let says = |group: &CommandGroup, failed: bool, subject: String, n: usize| {
        let verb = if failed { verb(n, "ends with", "end with") } else { verb(n, "says", "say") };
        format!("{subject} {verb} {}", group.says)
    };
    let named =
        |group: &CommandGroup| group.ordinals.iter().copied().collect::<Ordinals>().names(set);
    match groups {
        [] => None,
        [all] => {
            let n = all.ordinals.len();
            let subject = match n {
                2 if asked == 2 => "Both pods".to_owned(),
                3.. if asked == n => format!("All {n} pods"),
                _ => named(all),
            };
            Some(format!("{}.", says(all, failed[0], subject, n)))
        }
        many if many.len() > TOLD => {
            let pods: usize = many.iter().map(|g| g.ordinals.len()).sum();
            let most = many.iter().find(|g| g.most).map(|g| format!(", most often {}", g.says));
            Some(format!(
                "{pods} pods give {} different answers{}.",
                many.len(),
                most.unwrap_or_default()
            ))
        }
        many => {
            // What most say comes last, and is said of "the others".
            let most = many.iter().position(|g| g.most);
            let mut parts: Vec<String> = Vec::new();
            for (n, group) in many.iter().enumerate().filter(|(n, _)| Some(*n) != most) {
                parts.push(says(group, failed[n], named(group), group.ordinals.len()));
            }
            if let Some(n) = most {
                let count = many[n].ordinals.len();
                let subject =
                    if count > 2 { format!("the other {count} pods") } else { named(&many[n]) };
                parts.push(says(&many[n], failed[n], subject, count));
            }
            Some(format!("{}.", parts.join("; ")))
        }
    }
}

/// Who did not answer.
fn silent(set: &str, answers: &[CommandAnswer]) -> Option<String> {
    let silent: Vec<_> = answers.iter().filter(|a| a.unanswered.is_some()).collect();
    let first = silent.first()?.unanswered.as_ref()?;
    let who = if silent.len() == answers.len() {
        "No pod".to_owned()
    } else {
        silent.iter().map(|a| a.ordinal).collect::<Ordinals>().names(set)
    };
    let did = if silent.len() == answers.len() { "answered" } else { "did not answer" };
    let same = silent.iter().all(|a| a.unanswered.as_ref().is_some_and(|u| u.code == first.code));
    Some(if same { format!("{who} {did}: {}", first.says) } else { format!("{who} {did}.") })
}

/// What the history keeps of it: which command on which pods, and how it ended there; none of what it wrote.
/// Without the actor: "ran visits on web-0 to web-4; exit code 1 on web-2".
pub fn recorded(set: &str, command: &str, answers: &[CommandAnswer]) -> String {
    let names = |wanted: &dyn Fn(&CommandAnswer) -> bool| {
        let found = answers.iter().filter(|a| wanted(a)).map(|a| a.ordinal);
        let found: Ordinals = found.collect();
        (!found.is_empty()).then(|| found.names(set))
    };
    let mut codes: Vec<i32> = answers.iter().filter_map(|a| a.exit_code).collect();
    codes.sort_unstable();
    codes.dedup();
    let answered = |a: &CommandAnswer| a.unanswered.is_none();
    let mut parts = Vec::new();
    match codes.as_slice() {
        [only] if answers.iter().all(|a| a.exit_code.is_some()) => {
            parts.push(format!("exit code {only}"));
        }
        codes => {
            for code in codes {
                let on = names(&|a| a.exit_code == Some(*code)).unwrap_or_default();
                parts.push(format!("exit code {code} on {on}"));
            }
        }
    }
    if let Some(cut) = names(&|a| answered(a) && a.exit_code.is_none()) {
        parts.push(format!("cut off on {cut}"));
    }
    if let Some(silent) = names(&|a| !answered(a)) {
        parts.push(format!("no answer from {silent}"));
    }
    let all = names(&|_| true).unwrap_or_default();
    let what = if answers.iter().any(answered) { "ran" } else { "tried to run" };
    format!("{what} {command} on {all}: {}", words::list(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Unread;

    fn said(ordinal: u32, stdout: &str) -> CommandAnswer {
        CommandAnswer {
            pod: format!("web-{ordinal}"),
            ordinal,
            exit_code: Some(0),
            stdout: stdout.into(),
            ..CommandAnswer::default()
        }
    }

    fn failed(ordinal: u32, code: i32, stderr: &str) -> CommandAnswer {
        CommandAnswer { exit_code: Some(code), stderr: stderr.into(), ..said(ordinal, "") }
    }

    fn silent(ordinal: u32, code: &str, says: &str) -> CommandAnswer {
        let unread = Unread { code: code.into(), says: says.into() };
        CommandAnswer { exit_code: None, unanswered: Some(unread), ..said(ordinal, "") }
    }

    fn sentence(answers: Vec<CommandAnswer>) -> String {
        compare("web", answers).sentence
    }

    #[test]
    fn the_one_that_differs_is_named_and_by_how_much() {
        // In whatever order they come.
        let answers = [(4, 1482), (2, 1479), (0, 1482), (3, 1482), (1, 1482)];
        let answers = answers.map(|(o, n)| said(o, &format!("{n}\n"))).to_vec();
        let compared = compare("web", answers);
        assert_eq!(compared.sentence, "web-2 says 1479; the other 4 pods say 1482.");
        assert!(!compared.agree);
        let groups: Vec<_> = compared
            .groups
            .iter()
            .map(|g| (g.ordinals.as_slice(), g.says.as_str(), g.most, g.differs.as_deref()))
            .collect();
        assert_eq!(
            groups,
            [(&[0, 1, 3, 4][..], "1482", true, None), (&[2], "1479", false, Some("3 lower"))]
        );
        let of: Vec<_> = compared.answers.iter().map(|a| (a.ordinal, a.group)).collect();
        assert_eq!(of, [(0, Some(0)), (1, Some(0)), (2, Some(1)), (3, Some(0)), (4, Some(0))]);
    }

    #[test]
    fn equal_answers_agree_whatever_white_space_ends_them() {
        let compared = compare("web", vec![said(0, "7\n"), said(1, "7"), said(2, "7 \n\n")]);
        assert!(compared.agree);
        assert_eq!(compared.sentence, "All 3 pods say 7.");
        assert_eq!(sentence(vec![said(0, "7"), said(1, "7")]), "Both pods say 7.");
        assert_eq!(sentence(vec![said(3, "7")]), "web-3 says 7.");
        // Within and before, white space is part of the answer.
        assert!(!compare("web", vec![said(0, "a b"), said(1, "a  b")]).agree);
        assert!(!compare("web", vec![said(0, " a"), said(1, "a")]).agree);
    }

    #[test]
    fn exit_codes_count_and_standard_error_does_not() {
        let mut warned = said(1, "7");
        warned.stderr = "a warning of 10:52".into();
        assert!(compare("web", vec![said(0, "7"), warned]).agree);
        let mut other = said(1, "7");
        other.exit_code = Some(1);
        assert!(!compare("web", vec![said(0, "7"), other]).agree);
        let missing = || failed(1, 1, "\ncat: /data/visits: No such file or directory\n");
        assert_eq!(
            sentence(vec![said(0, "7"), missing(), said(2, "7")]),
            "web-1 ends with exit code 1 (cat: /data/visits: No such file or directory); web-0 and web-2 say 7."
        );
        assert_eq!(
            sentence(vec![failed(0, 3, ""), failed(1, 3, "")]),
            "Both pods end with exit code 3."
        );
    }

    #[test]
    fn without_a_majority_nobody_is_the_odd_one_out() {
        let compared = compare("web", vec![said(0, "1"), said(1, "2"), said(2, "1"), said(3, "2")]);
        assert!(compared.groups.iter().all(|g| !g.most && g.differs.is_none()));
        assert_eq!(compared.sentence, "web-0 and web-2 say 1; web-1 and web-3 say 2.");
        let all_differ: Vec<_> = (0..6).map(|o| said(o, &o.to_string())).collect();
        assert_eq!(sentence(all_differ.clone()), "6 pods give 6 different answers.");
        let mut most = all_differ;
        most.push(said(6, "5"));
        assert_eq!(sentence(most), "7 pods give 6 different answers, most often 5.");
    }

    #[test]
    fn who_did_not_answer_is_told_and_agrees_with_nobody() {
        let late = |o| silent(o, "timeout", "it took longer than 10 s.");
        let compared = compare("web", vec![said(0, "7"), late(1), said(2, "7")]);
        assert!(!compared.agree);
        assert_eq!(compared.answers[1].group, None);
        assert_eq!(
            compared.sentence,
            "web-0 and web-2 say 7. web-1 did not answer: it took longer than 10 s."
        );
        assert_eq!(sentence(vec![late(0), late(1)]), "No pod answered: it took longer than 10 s.");
        let denied = silent(1, "no-access", "no.");
        assert_eq!(
            sentence(vec![said(0, "7"), denied, late(2)]),
            "web-0 says 7. web-1 and web-2 did not answer."
        );
        assert_eq!(compare("web", Vec::new()).sentence, "");
    }

    #[test]
    fn long_answers_are_told_by_their_beginning_and_compared_whole() {
        let long = "x".repeat(200);
        assert_eq!(sentence(vec![said(0, &long)]), format!("web-0 says {}….", "x".repeat(60)));
        assert!(!compare("web", vec![said(0, &long), said(1, &format!("{long}y"))]).agree);
        assert_eq!(sentence(vec![said(0, "")]), "web-0 says nothing.");
        assert_eq!(sentence(vec![said(0, "a\nb\n")]), "web-0 says 2 lines, the first \"a\".");
        let mut cut = said(0, "a\nb");
        (cut.cut, cut.exit_code) = (true, None);
        assert_eq!(
            sentence(vec![cut.clone()]),
            "web-0 says more than is kept, beginning with \"a\"."
        );
        // What was cut off is not known to be the same as what was not.
        assert!(!compare("web", vec![cut, said(1, "a\nb")]).agree);
    }

    #[test]
    fn the_history_keeps_exit_codes_and_none_of_the_output() {
        let told = |answers: &[CommandAnswer]| recorded("web", "visits", answers);
        assert_eq!(
            told(&[said(0, "hunter2"), said(1, "hunter2")]),
            "ran visits on web-0 and web-1: exit code 0"
        );
        let mixed = [said(0, "hunter2"), failed(1, 1, "hunter2"), silent(2, "timeout", "late")];
        assert_eq!(
            told(&mixed),
            "ran visits on web-0 to web-2: exit code 0 on web-0, exit code 1 on web-1 and no answer from web-2"
        );
        let mut cut = said(1, "hunter2");
        (cut.cut, cut.exit_code) = (true, None);
        assert_eq!(
            told(&[said(0, ""), cut]),
            "ran visits on web-0 and web-1: exit code 0 on web-0 and cut off on web-1"
        );
        assert_eq!(
            told(&[silent(0, "no-access", "no")]),
            "tried to run visits on web-0: no answer from web-0"
        );
    }
}
