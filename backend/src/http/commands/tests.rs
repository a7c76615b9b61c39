use model::wire::{CommandList, CommandRun, RoleName, Unrecorded};
use serde_json::{Value, json};

use crate::cluster::Caller;
use crate::cluster::inside::{ExecError, Ran};
use crate::http::testing::{Answer, Panel, User, facts, forbidden};

const PATH: &str = "/api/v1/sets/shop/web/commands";

fn ran(stdout: &str) -> Ran {
    Ran { exit_code: Some(0), stdout: stdout.into(), ..Ran::default() }
}

fn filled(panel: Panel) -> Panel {
    let facts = facts("shop", "web", 3);
    for (pod, says) in [("web-0", "7\n"), ("web-1", "7\n"), ("web-2", "3\n")] {
        panel.inside.pod(&facts.set.uid, pod);
        panel.inside.answers(pod, Ok(ran(says)));
    }
    panel.put(facts);
    panel
}

async fn panel() -> Panel {
    filled(Panel::start().await)
}

/// Under impersonation, where the cluster shows the set and its pods.
async fn as_themselves() -> Panel {
    let panel = filled(Panel::impersonating().await);
    for resource in ["statefulsets", "pods"] {
        panel.rights.allow("list", resource, Some("shop"));
    }
    panel
}

async fn post(user: &User, body: Value) -> Answer {
    user.request("POST", PATH).json(&body).send().await
}

fn visits() -> Value {
    json!({"command": "visits"})
}

#[tokio::test]
async fn what_is_configured_is_listed_and_who_may_not_is_told_why() {
    let panel = panel().await;
    let list: CommandList = panel.operator().get(PATH).await.json();
    assert_eq!((list.commands.len(), list.permitted), (1, true));
    assert_eq!(list.commands[0].argv, ["cat", "/data/visits"]);
    assert_eq!((list.seconds, list.bytes, list.pods), (10, 65_536, 100));
    let list: CommandList = panel.viewer().get(PATH).await.json();
    assert_eq!((list.commands.len(), list.permitted), (1, false));
    assert_eq!(list.refusal.unwrap().code, "role-missing");
    let none = panel.operator().get("/api/v1/sets/shop/none/commands").await;
    none.is_problem(404, "no-such-set");
    let panel = as_themselves().await;
    let list: CommandList = panel.operator().get(PATH).await.json();
    assert!(!list.permitted);
    let refusal = list.refusal.unwrap();
    assert_eq!(refusal.code, "no-access");
    assert!(refusal.says.contains("let olga create pods/exec"), "{}", refusal.says);
}

#[tokio::test]
async fn a_command_runs_on_every_ordinal_and_the_answers_are_compared() {
    let panel = panel().await;
    let run: CommandRun = post(&panel.operator(), visits()).await.json();
    assert_eq!(run.sentence, "web-2 says 3; web-0 and web-1 say 7.");
    assert!(!run.agree);
    assert_eq!(run.argv, ["cat", "/data/visits"]);
    let answers: Vec<_> = run
        .answers
        .iter()
        .map(|a| (a.pod.as_str(), a.container.as_str(), a.stdout.as_str(), a.group))
        .collect();
    assert_eq!(
        answers,
        [
            ("web-0", "app", "7\n", Some(0)),
            ("web-1", "app", "7\n", Some(0)),
            ("web-2", "app", "3\n", Some(1)),
        ]
    );
    for (_, exec) in panel.inside.run() {
        assert_eq!(exec.argv, ["cat", "/data/visits"]);
        assert_eq!((exec.bytes, exec.time.as_secs()), (65_536, 10));
    }
    let recorded = panel.history.ran();
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0].sentence, "ran visits on web-0 to web-2: exit code 0");
    assert_eq!((recorded[0].user.as_str(), recorded[0].at), ("olga", panel.now()));
    assert_eq!(recorded[0].exits, [(0, Some(0)), (1, Some(0)), (2, Some(0))]);
}

#[tokio::test]
async fn ordinals_and_container_are_chosen() {
    let panel = panel().await;
    let body = json!({"command": "visits", "ordinals": [2, 0, 2], "container": "agent"});
    let run: CommandRun = post(&panel.operator(), body).await.json();
    let asked: Vec<_> = run.answers.iter().map(|a| a.ordinal).collect();
    assert_eq!(asked, [0, 2]);
    let containers: Vec<_> = panel.inside.run().into_iter().map(|(_, e)| e.container).collect();
    assert_eq!(containers, [Some("agent".to_owned()), Some("agent".to_owned())]);
}

#[tokio::test]
async fn what_fails_on_one_pod_keeps_no_other_from_answering() {
    let panel = panel().await;
    for (error, code) in [
        (ExecError::Timeout, "timeout"),
        (ExecError::NotRunning("container not found".into()), "not-running"),
        (ExecError::NotStarted("executable file not found".into()), "not-started"),
        (ExecError::NoSuchContainer("not valid".into()), "no-such-part"),
        (ExecError::BrokeOff("reset".into()), "broke-off"),
        (ExecError::Api(forbidden()), "no-access"),
    ] {
        panel.inside.answers("web-1", Err(error));
        let run: CommandRun = post(&panel.operator(), visits()).await.json();
        let unanswered = run.answers[1].unanswered.clone().unwrap();
        assert_eq!((unanswered.code.as_str(), run.answers[1].group), (code, None));
        assert!(run.sentence.contains("web-1 did not answer: "), "{}", run.sentence);
        assert_eq!(run.answers[2].stdout, "3\n");
        let sentence = panel.history.ran().pop().unwrap().sentence;
        assert!(sentence.ends_with("and no answer from web-1"), "{sentence}");
    }
}

#[tokio::test]
async fn whoever_may_not_is_refused_before_anything_is_run() {
    let panel = panel().await;
    post(&panel.viewer(), visits()).await.is_problem(403, "role-missing");
    let elsewhere = panel.user("bob", &[(RoleName::Admin, Some("data"))]);
    post(&elsewhere, visits()).await.is_problem(403, "role-missing");
    post(&panel.anyone(), visits()).await.is_problem(401, "login-required");
    let foreign = panel.operator().request("POST", PATH).header("origin", "https://evil.test");
    foreign.json(&visits()).send().await.is_problem(403, "foreign-origin");
    assert!(panel.inside.run().is_empty() && panel.history.ran().is_empty());

    let panel = as_themselves().await;
    let problem = post(&panel.operator(), visits()).await.is_problem(403, "no-access");
    assert!(problem.detail.contains("olga create pods/exec"), "{}", problem.detail);
    assert!(panel.inside.run().is_empty());
    panel.rights.allow("create", "pods/exec", Some("shop"));
    post(&panel.operator(), visits()).await.is_ok();
    assert!(panel.inside.callers().iter().all(|c| *c != Caller::Panel), "always as the user");
}

#[tokio::test]
async fn a_request_that_does_not_fit_runs_nothing() {
    let panel = panel().await;
    let operator = panel.operator();
    let table = [
        (json!({"command": "rm"}), 404, "no-such-command"),
        (json!({"command": ["rm", "-rf", "/"]}), 400, "bad-body"),
        (json!({"command": "visits", "argv": ["rm"]}), 400, "bad-body"),
        (json!({}), 400, "bad-body"),
        (json!({"command": "visits", "ordinals": [7]}), 404, "no-such-part"),
        (json!({"command": "visits", "ordinals": []}), 409, "nothing-to-do"),
        (json!({"command": "visits", "ordinals": [-1]}), 400, "bad-body"),
        (json!({"command": "visits", "expect": {"uid": "another"}}), 409, "conflict"),
    ];
    for (body, status, code) in table {
        post(&operator, body).await.is_problem(status, code);
    }
    let none = "/api/v1/sets/shop/none/commands";
    let answer = operator.request("POST", none).json(&visits()).send().await;
    answer.is_problem(404, "no-such-set");
    panel.put(facts("shop", "wide", 101));
    let wide = operator.request("POST", "/api/v1/sets/shop/wide/commands").json(&visits());
    let problem = wide.send().await.is_problem(400, "bad-body");
    assert_eq!(problem.extra.unwrap()["field"], "ordinals");
    assert!(panel.inside.run().is_empty() && panel.history.ran().is_empty());
    let uid = facts("shop", "web", 3).set.uid;
    post(&operator, json!({"command": "visits", "expect": {"uid": uid}})).await.is_ok();
}

#[tokio::test]
async fn the_same_command_is_not_run_twice_at_a_time() {
    let panel = panel().await;
    let gate = panel.inside.gate();
    let operator = panel.operator();
    let first = tokio::spawn({
        let operator = operator.clone();
        async move { post(&operator, visits()).await }
    });
    while panel.inside.run().len() < 3 {
        tokio::task::yield_now().await;
    }
    post(&operator, visits()).await.is_problem(409, "under-way");
    gate.add_permits(100);
    first.await.unwrap().is_ok();
    post(&operator, visits()).await.is_ok();
    assert_eq!(panel.history.ran().len(), 2);
}

#[tokio::test]
async fn a_browser_that_goes_away_does_not_keep_a_run_from_being_recorded() {
    let panel = panel().await;
    let gate = panel.inside.gate();
    let operator = panel.operator();
    let gone = tokio::spawn(async move { post(&operator, visits()).await });
    while panel.inside.run().len() < 3 {
        tokio::task::yield_now().await;
    }
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    gate.add_permits(100);
    panel.state.work.close();
    panel.state.work.wait().await;
    assert_eq!(panel.history.ran().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_run_and_not_shown() {
    let panel = panel().await;
    panel.history.break_down();
    let problem = post(&panel.operator(), visits()).await.is_problem(503, "journal");
    assert!(problem.detail.starts_with("The command was run"), "{}", problem.detail);
    let ran = panel.inside.run().len();
    let broken = Unrecorded { since: panel.now(), reason: "disk full".into() };
    panel.standing.send_replace(Some(broken));
    let problem = post(&panel.operator(), visits()).await.is_problem(503, "journal");
    assert!(problem.detail.contains("nothing was run"), "{}", problem.detail);
    assert_eq!(panel.inside.run().len(), ran);
}
