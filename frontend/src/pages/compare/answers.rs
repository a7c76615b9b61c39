//! What pods answered to a command: a card for each, or for each answer where there are many.

use leptos::prelude::*;
use model::ordinals::Ordinals;
use model::set::SetKey;
use model::wire::{CommandAnswer, CommandRun};
use model::words;

use super::rows::Column;
use crate::components::{Icon, icon, small_icon};

/// From more pods on, equal answers share a card.
const CARDS: usize = 12;

/// One card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Whose answer it is.
    pub ordinals: Vec<u32>,
    pub pods: String,
    pub answer: CommandAnswer,
    pub note: Note,
}

/// How an answer compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// There is nothing to compare it with.
    None,
    Same(String),
    /// Most say something else.
    Differs(String),
    /// There are several answers, and no majority.
    Own(String),
    Silent(String),
}

/// The cards, by ordinal.
pub fn cards(run: &CommandRun, set: &str) -> Vec<Card> {
    let card = |ordinals: Vec<u32>, answer: &CommandAnswer| Card {
        pods: words::pods(set, ordinals.iter().copied()),
        note: note(run, set, answer, &ordinals),
        ordinals,
        answer: answer.clone(),
    };
    if run.answers.len() <= CARDS {
        return run.answers.iter().map(|a| card(vec![a.ordinal], a)).collect();
    }
    let mut cards: Vec<Card> = Vec::new();
    for answer in &run.answers {
        let same = |c: &Card| match (c.answer.group, answer.group) {
            (None, None) => c.answer.unanswered == answer.unanswered,
            (one, other) => one == other,
        };
        // By ordinal: who was first has the card.
        if cards.iter().any(same) {
            continue;
        }
        let first = card(vec![answer.ordinal], answer);
        let all: Vec<u32> = run
            .answers
            .iter()
            .filter(|a| same(&Card { answer: (*a).clone(), ..first.clone() }))
            .map(|a| a.ordinal)
            .collect();
        cards.push(card(all, answer));
    }
    cards
}

fn note(run: &CommandRun, set: &str, answer: &CommandAnswer, here: &[u32]) -> Note {
    if let Some(why) = &answer.unanswered {
        return Note::Silent(why.says.clone());
    }
    let group = answer.group.and_then(|g| run.groups.get(g as usize));
    let Some(group) = group else { return Note::None };
    let others: Vec<u32> = group.ordinals.iter().copied().filter(|o| !here.contains(o)).collect();
    let as_others = match others.len() {
        0 => None,
        1 | 2 => Some(format!("same as {}", words::pods(set, others.iter().copied()))),
        n => Some(format!("same as {n} others")),
    };
    let most = run.groups.iter().find(|g| g.most);
    if group.most || run.groups.len() == 1 {
        return as_others.map_or(Note::None, Note::Same);
    }
    match most {
        Some(most) => {
            // Never one: a majority of one would have nobody against it.
            let how = group.differs.as_ref().map_or_else(
                || format!("not what {} others say", most.ordinals.len()),
                |by| format!("{by} than the others"),
            );
            Note::Differs(match as_others {
                Some(same) => format!("{how}; {same}"),
                None => how,
            })
        }
        None => Note::Own(as_others.unwrap_or_else(|| "nobody else says this".to_owned())),
    }
}

/// "4 of 5 agree. All exited with 0."
pub fn summary(run: &CommandRun) -> (String, String) {
    let asked = run.answers.len();
    let agree = match run.groups.first() {
        _ if run.agree && asked == 1 => "One pod was asked.".to_owned(),
        _ if run.agree => format!("All {asked} agree."),
        None => "Nobody answered.".to_owned(),
        Some(first) if first.ordinals.len() > 1 => {
            format!("{} of {asked} agree.", first.ordinals.len())
        }
        Some(_) => "No two agree.".to_owned(),
    };
    let well = run.answers.iter().all(|a| a.exit_code == Some(0));
    (agree, if well { "All exited with 0.".to_owned() } else { String::new() })
}

/// Everything as a text that can be sent to somebody.
pub fn report(run: &CommandRun, key: &SetKey) -> String {
    let mut out = format!(
        "{} ({}) on {key}, {}\n{}\n",
        run.command,
        run.argv.join(" "),
        run.at,
        run.sentence
    );
    for group in &run.groups {
        let Some(first) = run.answers.iter().find(|a| group.ordinals.first() == Some(&a.ordinal))
        else {
            continue;
        };
        let who = group.ordinals.iter().copied().collect::<Ordinals>().names(&key.name);
        out.push_str(&format!("\n{who}, {}:\n{}\n", ended(first), first.stdout.trim_end()));
        if !first.stderr.trim().is_empty() {
            out.push_str(&format!("{}\n", first.stderr.trim_end()));
        }
    }
    for answer in &run.answers {
        if let Some(why) = &answer.unanswered {
            out.push_str(&format!("\n{} did not answer: {}\n", answer.pod, why.says));
        }
    }
    out
}

fn ended(answer: &CommandAnswer) -> String {
    match answer.exit_code {
        Some(code) => format!("exit code {code}"),
        None => "cut off".to_owned(),
    }
}

/// The cards of a run.
pub fn list(run: &CommandRun, set: &str, columns: &[Column]) -> AnyView {
    let cards = cards(run, set);
    // Every pod may say something else, as its own name: then the list scrolls, also by keyboard.
    let many = cards.len() > 2 * CARDS;
    let class = if many { "answers many" } else { "answers" };
    let all = cards.iter().map(|c| view_card(c, columns)).collect_view();
    view! { <ol class=class tabindex=many.then_some("0") aria-label="Answers">{all}</ol> }
        .into_any()
}

fn view_card(card: &Card, columns: &[Column]) -> AnyView {
    let answer = &card.answer;
    let of = card.ordinals.first().and_then(|o| columns.iter().find(|c| c.ordinal == *o));
    let one = card.ordinals.len() == 1;
    let head = match of.filter(|_| one) {
        Some(c) => view! {
            <span class="olab" data-rev=c.role aria-hidden="true">{c.ordinal}</span>
            <b class="mono">{card.pods.clone()}</b>
            <span class="rev" data-rev=c.role>{c.revision.clone()}</span>
        }
        .into_any(),
        None => view! {
            <b class="mono">{card.pods.clone()}</b>
            <span class="dim">{words::count(card.ordinals.len(), "pod")}</span>
        }
        .into_any(),
    };
    let took = one.then(|| view! { <span class="dim">{format!("{} ms", answer.took_ms)}</span> });
    let code = answer.exit_code.filter(|code| *code != 0);
    let code = code.map(|code| view! { <span class="tag">{format!("exit code {code}")}</span> });
    let text = |text: &str, label: String| {
        // What scrolls has to be reached by keyboard.
        let long = text.lines().count() > 8;
        view! {
            <pre class="out" tabindex=long.then_some("0") role=long.then_some("group")
                aria-label=long.then_some(label)>{text.trim_end().to_owned()}</pre>
        }
    };
    let silent = answer.stdout.trim().is_empty();
    let nothing = silent && answer.stderr.trim().is_empty();
    let out = (answer.unanswered.is_none() && (nothing || !silent)).then(|| {
        if nothing {
            view! { <p class="dim">"It wrote nothing."</p> }.into_any()
        } else {
            text(&answer.stdout, format!("Answer of {}", card.pods)).into_any()
        }
    });
    let err = (!answer.stderr.trim().is_empty()).then(|| {
        let label = format!("Standard error of {}", card.pods);
        view! { <p class="dim">"Standard error, which is not compared:"</p>{text(&answer.stderr, label)} }
    });
    let cut = answer.cut.then(|| view! { <p class="dim">"It wrote more than is kept."</p> });
    let mark = match &card.note {
        Note::Differs(_) => Some("differs"),
        Note::Silent(_) => Some("silent"),
        _ => None,
    };
    let foot = match card.note.clone() {
        Note::None => None,
        Note::Same(says) | Note::Own(says) => {
            Some(view! { <p class="ans-n">{small_icon(Icon::Same)}<span>{says}</span></p> }.into_any())
        }
        Note::Differs(says) => Some(
            view! { <p class="ans-n">{small_icon(Icon::Warning)}<span><b>"Differs: "</b>{says}</span></p> }
                .into_any(),
        ),
        Note::Silent(says) => Some(
            view! { <p class="ans-n">{icon(Icon::Failed)}<span><b>"No answer: "</b>{says}</span></p> }
                .into_any(),
        ),
    };
    view! {
        <li class="ans" data-a=mark>
            <div class="row">{head}{code}<span class="grow"></span>{took}</div>
            {out}{err}{cut}{foot}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::answers::compare;
    use model::wire::Unread;

    use super::*;

    fn said(ordinal: u32, stdout: &str) -> CommandAnswer {
        CommandAnswer {
            pod: format!("web-{ordinal}"),
            ordinal,
            exit_code: Some(0),
            stdout: stdout.into(),
            ..CommandAnswer::default()
        }
    }

    fn silent(ordinal: u32, says: &str) -> CommandAnswer {
        let unanswered = Some(Unread { code: "timeout".into(), says: says.into() });
        CommandAnswer { unanswered, exit_code: None, ..said(ordinal, "") }
    }

    fn run(answers: Vec<CommandAnswer>) -> CommandRun {
        let compared = compare("web", answers);
        CommandRun {
            command: "visits".into(),
            argv: vec!["cat".into(), "/data/visits".into()],
            at: jiff::Timestamp::UNIX_EPOCH,
            agree: compared.agree,
            sentence: compared.sentence,
            groups: compared.groups,
            answers: compared.answers,
        }
    }

    fn notes(run: &CommandRun) -> Vec<Note> {
        cards(run, "web").into_iter().map(|c| c.note).collect()
    }

    #[test]
    fn each_pod_has_a_card_and_the_odd_one_says_how_it_differs() {
        let run = run([(0, "7"), (1, "3"), (2, "7"), (3, "7"), (4, "7")]
            .map(|(o, says)| said(o, says))
            .to_vec());
        let same = || Note::Same("same as 3 others".into());
        let odd = Note::Differs("4 lower than the others".into());
        assert_eq!(notes(&run), [same(), odd, same(), same(), same()]);
        assert_eq!(summary(&run), ("4 of 5 agree.".into(), "All exited with 0.".into()));
    }

    #[test]
    fn without_a_majority_nobody_is_the_odd_one() {
        let halves = run(vec![said(0, "a"), said(1, "b"), said(2, "a"), said(3, "b")]);
        assert_eq!(notes(&halves)[0], Note::Own("same as web-2".into()));
        let all_differ = run(vec![said(0, "a"), said(1, "b")]);
        assert_eq!(notes(&all_differ)[0], Note::Own("nobody else says this".into()));
        assert_eq!(summary(&all_differ).0, "No two agree.");
        let alone = run(vec![said(0, "a")]);
        assert_eq!(
            (notes(&alone), summary(&alone).0.as_str()),
            (vec![Note::None], "One pod was asked.")
        );
    }

    #[test]
    fn of_many_pods_equal_answers_share_a_card() {
        let mut answers: Vec<_> = (0..300).map(|o| said(o, "7")).collect();
        answers[17].stdout = "8".into();
        answers[20] = silent(20, "it took longer than 10 s.");
        answers[21] = silent(21, "it took longer than 10 s.");
        let run = run(answers);
        let cards = cards(&run, "web");
        let heads: Vec<_> = cards.iter().map(|c| c.pods.as_str()).collect();
        assert_eq!(
            heads,
            [
                "web-0 to web-16, web-18, web-19 and web-22 to web-299",
                "web-17",
                "web-20 and web-21"
            ]
        );
        assert_eq!(cards[0].note, Note::None, "the card names them all");
        assert_eq!(cards[1].note, Note::Differs("1 higher than the others".into()));
        assert_eq!(cards[2].note, Note::Silent("it took longer than 10 s.".into()));
        assert_eq!(summary(&run), ("297 of 300 agree.".into(), String::new()));
    }

    #[test]
    fn a_report_tells_who_said_what() {
        let mut failed = said(2, "");
        (failed.exit_code, failed.stderr) = (Some(1), "cat: no such file\n".into());
        let run = run(vec![said(0, "7\n"), said(1, "7"), failed, silent(3, "it took too long.")]);
        let text = report(&run, &SetKey::new("shop", "web"));
        assert!(text.starts_with("visits (cat /data/visits) on shop/web, 1970-01-01T00:00:00Z\n"));
        assert!(text.contains("\nweb-0 and web-1, exit code 0:\n7\n"), "{text}");
        assert!(text.contains("\nweb-2, exit code 1:\n\ncat: no such file\n"), "{text}");
        assert!(text.ends_with("\nweb-3 did not answer: it took too long.\n"), "{text}");
    }
}
