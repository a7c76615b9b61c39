//! Inside pods: what the API server tells of one, its logs, and the same command on every ordinal.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::panel::PASSWORD;
use e2e::stories::set;
use e2e::stream::Stream;
use e2e::{Client, Panel, PanelOptions, namespace, plane};
use harness::wait_until;
use model::path;
use model::status::StatusKind;
use model::wire::{
    CommandList, CommandRun, EventKind, LogEnd, LogLines, PodDetail, PodEvent, PodEvents,
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(40);

/// A server that may run `visits`, with an account that may do it.
fn options() -> PanelOptions {
    PanelOptions {
        kube_user: "admin".into(),
        args: vec!["--command".into(), r#"visits=["cat","/data/visits"]"#.into()],
        ..PanelOptions::default()
    }
}

#[test]
fn a_pod_is_told_with_its_conditions_containers_node_and_events() -> Result<()> {
    let ns = namespace(plane(), "inside-pod");
    let panel = Panel::start(plane(), options())?;
    let viewer = panel.user("vera", "viewer")?;
    plane().apply("admin", &ns, &set("web").yaml())?;
    viewer.wait_status(&ns, "web", StatusKind::Settled)?;
    let read = || viewer.get(&path::pod(&ns, "web", "web-0"))?.parse::<PodDetail>();
    let pod = read()?;
    assert_eq!((pod.ordinal, pod.ips.len()), (Some(0), 1));
    let ready = pod.conditions.iter().find(|c| c.name == "Ready").context("Ready")?;
    assert_eq!(ready.status, "True");
    assert!(pod.containers.iter().all(|c| c.ready && c.running_since.is_some()));
    assert!(!pod.default_container.is_empty());
    let node = pod.node.context("its node")?;
    assert_eq!((node.unread, node.ready), (None, Some(true)));
    // The scheduler's Event says where it went.
    wait_until("the Event of the scheduler", SOON, || {
        let events = read()?.events;
        assert_eq!(events.unread, None);
        Ok(events.items.iter().any(|e| e.reason == "Scheduled").then_some(()))
    })?;
    let other = viewer.get(&path::pod(&ns, "web", "coredns-0"))?;
    assert_eq!((other.status, other.code().as_str()), (404, "no-such-part"));
    Ok(())
}

#[test]
fn logs_are_read_followed_and_end() -> Result<()> {
    let ns = namespace(plane(), "inside-logs");
    let mut panel = Panel::start(plane(), options())?;
    let viewer = panel.user("vera", "viewer")?;
    plane().apply("admin", &ns, &set("web").yaml())?;
    viewer.wait_status(&ns, "web", StatusKind::Settled)?;
    for pod in ["web-0", "web-1", "web-2"] {
        let text = format!("{pod} one\n{pod} two\n{pod} three\n");
        plane().set_log(&ns, pod, &text, "the last words\n")?;
    }
    let log = |query: &str| viewer.get(&format!("{}?{query}", path::log(&ns, "web", "web-0")));
    wait_until("the log", SOON, || {
        Ok((log("")?.text == "web-0 one\nweb-0 two\nweb-0 three\n").then_some(()))
    })?;
    assert_eq!(log("tailLines=1")?.text, "web-0 three\n");
    let stamped = log("tailLines=1&timestamps=true")?.text;
    assert!(stamped.starts_with("20") && stamped.ends_with("Z web-0 three\n"), "{stamped}");
    assert_eq!(log("previous=true")?.text, "the last words\n");
    let wrong = log("container=nobody")?;
    assert_eq!((wrong.status, wrong.code().as_str()), (404, "no-such-part"), "{}", wrong.text);

    // Followed: what is there, and what comes.
    let follow = format!("{}?follow=true&tailLines=1", path::log(&ns, "web", "web-0"));
    let stream = Stream::open(&viewer, &follow)?;
    let said = |stream: &Stream, line: &str| -> Result<LogLines> {
        let told = stream.next(SOON, |e| e.name == "lines" && e.data.to_string().contains(line))?;
        Ok(serde_json::from_value(told.data)?)
    };
    assert_eq!(said(&stream, "three")?.lines, ["web-0 three"]);
    plane().append_log(&ns, "web-0", "web-0 four\n")?;
    assert_eq!(said(&stream, "four")?.lines, ["web-0 four"]);

    // All ordinals in one stream.
    let all = Stream::open(&viewer, &format!("{}?tailLines=1", path::logs(&ns, "web")))?;
    let mut seen = Vec::new();
    loop {
        let event = all.next(SOON, |e| e.name == "lines" || e.name == "end")?;
        if event.name == "lines" {
            let told: LogLines = serde_json::from_value(event.data)?;
            seen.push((told.ordinal, told.lines.join("\n")));
        } else if serde_json::from_value::<LogEnd>(event.data)?.pod.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        [(0, "web-0 four".to_owned()), (1, "web-1 three".into()), (2, "web-2 three".into())]
    );
    all.ended(SOON)?;

    // A logout ends it at once, and so does the end of the server.
    let other = Client::log_in(&panel.url, "vera", PASSWORD)?;
    let kept = Stream::open(&other, &follow)?;
    said(&kept, "four")?;
    assert_eq!(viewer.send("DELETE", path::SESSION, None, &[])?.status, 204);
    let end = stream.next(SOON, |e| e.name == "end")?;
    assert_eq!(end.data["reason"], "session-ended");
    stream.ended(SOON)?;
    panel.stop()?;
    assert_eq!(kept.next(SOON, |e| e.name == "end")?.data["reason"], "shutdown");
    Ok(())
}

#[test]
fn the_same_command_on_every_ordinal_is_compared_and_recorded() -> Result<()> {
    let ns = namespace(plane(), "inside-visits");
    let panel = Panel::start(plane(), options())?;
    let operator = panel.user("olga", "operator")?;
    let viewer = panel.user("vera", "viewer")?;
    plane().apply("admin", &ns, &set("web").yaml())?;
    let uid = operator.wait_status(&ns, "web", StatusKind::Settled)?.row.uid;
    for (pod, visits) in [("web-0", "1482\n"), ("web-1", "1482\n"), ("web-2", "1479\n")] {
        plane().give_files(&ns, pod, &[("/data/visits", visits)])?;
    }
    let commands = path::commands(&ns, "web");
    let list: CommandList = operator.get(&commands)?.parse()?;
    assert_eq!((list.commands.len(), list.permitted), (1, true));
    let visits = json!({"command": "visits", "expect": {"uid": uid}});
    let run = wait_until("the files", SOON, || {
        let run: CommandRun = operator.post(&commands, &visits, &[])?.parse()?;
        Ok(run.answers.iter().all(|a| a.exit_code == Some(0)).then_some(run))
    })?;
    assert_eq!(run.sentence, "web-2 says 1479; web-0 and web-1 say 1482.");
    assert_eq!(run.groups[1].differs.as_deref(), Some("3 lower"));
    let refused = viewer.post(&commands, &visits, &[])?;
    assert_eq!((refused.status, refused.code().as_str()), (403, "role-missing"));

    let history = viewer.history(&ns, "web")?;
    let event = history
        .events
        .iter()
        .find(|e| e.sentence == "ran visits on web-0 to web-2: exit code 0")
        .context("the event")?;
    assert_eq!(event.kind, EventKind::Action);
    assert_eq!(event.actor.as_ref().and_then(|a| a.name.as_deref()), Some("olga"));
    assert!(!history.events.iter().any(|e| e.sentence.contains("148")), "no output is kept");
    Ok(())
}

#[test]
fn the_yaml_and_events_of_a_set_are_what_kubectl_reads() -> Result<()> {
    let ns = namespace(plane(), "inside-yaml");
    let panel = Panel::start(plane(), options())?;
    let (operator, viewer) = (panel.user("olga", "operator")?, panel.user("vera", "viewer")?);
    plane().apply("admin", &ns, &set("web").yaml())?;
    operator.wait_status(&ns, "web", StatusKind::Settled)?;
    for (kind, name, path) in [
        ("pod", "web-0", path::pod_manifest(&ns, "web", "web-0")),
        ("statefulset", "web", path::manifest(&ns, "web")),
    ] {
        // A status may be written between the two readings.
        let mut read_last = [Value::Null, Value::Null];
        let same = wait_until("both are the same", SOON, || {
            let ours = operator.get(&format!("{path}?reveal=true"))?;
            assert_eq!(ours.status, 200, "{}", ours.text);
            // Not `create --dry-run=client`: that writes the annotation of `apply` anew.
            let read = ["patch", "--local", "--type", "merge", "-p", "{}", "-o", "json", "-f", "-"];
            let ours = plane().kubectl_with_input("admin", &read, Some(&ours.text), SOON)?;
            let theirs =
                plane().kubectl("admin", &["-n", ns.as_str(), "get", kind, name, "-o", "json"])?;
            read_last = [serde_json::from_str(&ours)?, serde_json::from_str(&theirs)?];
            Ok((read_last[0] == read_last[1]).then_some(()))
        });
        let [ours, theirs] = &read_last;
        same.with_context(|| format!("ours:\n{ours:#}\ntheirs:\n{theirs:#}"))?;
        // With the panel's own rights it takes an operator.
        let refused = viewer.get(&path)?;
        assert_eq!((refused.status, refused.code().as_str()), (403, "role-missing"));
    }
    let told: PodEvents = operator.get(&path::set_events(&ns, "web"))?.parse()?;
    let made = |e: &PodEvent| e.reason == "SuccessfulCreate" && e.message.contains("web-0");
    assert!(told.items.iter().any(made), "{told:?}");
    // What `kubectl apply` leaves is a copy of all that is masked.
    let masked = operator.get(&path::manifest(&ns, "web"))?.text;
    assert!(masked.contains("last-applied-configuration: (hidden)"), "{masked}");
    Ok(())
}

#[test]
fn without_a_configuration_and_without_rights_of_the_account_nothing_is_to_be_had() -> Result<()> {
    let ns = namespace(plane(), "inside-off");
    let panel = Panel::start(plane(), PanelOptions::default())?;
    let operator = panel.user("olga", "operator")?;
    plane().apply("admin", &ns, &set("web").yaml())?;
    operator.wait_status(&ns, "web", StatusKind::Settled)?;
    let commands = path::commands(&ns, "web");
    let list: CommandList = operator.get(&commands)?.parse()?;
    assert_eq!((list.commands.len(), list.permitted), (0, false));
    let refused = operator.post(&commands, &json!({"command": "visits"}), &[])?;
    assert_eq!((refused.status, refused.code().as_str()), (404, "no-such-command"));
    // The account has what the chart gives it by default.
    let log = operator.get(&path::log(&ns, "web", "web-0"))?;
    assert_eq!((log.status, log.code().as_str()), (403, "no-access"), "{}", log.text);
    let pod: PodDetail = operator.get(&path::pod(&ns, "web", "web-0"))?.parse()?;
    assert_eq!(pod.node.and_then(|n| n.unread).map(|u| u.code).as_deref(), Some("no-access"));
    Ok(())
}

#[test]
fn under_impersonation_the_cluster_decides_who_may_look_inside() -> Result<()> {
    let plane = plane();
    let impersonating = PanelOptions {
        kube_user: "rollcall-impersonator".into(),
        authority: "impersonate".into(),
        ..options()
    };
    let panel = Panel::start(plane, impersonating)?;
    plane.apply("admin", "shop", &set("visited").yaml())?;
    for pod in ["visited-0", "visited-1", "visited-2"] {
        plane.give_files("shop", pod, &[("/data/visits", "7\n")])?;
    }
    let user = |name: &str, kubernetes: &str| -> Result<Client> {
        let args = ["user", "add", name, "--role", "operator", "--kubernetes-user", kubernetes];
        panel.command(&args, &format!("{PASSWORD}\n"))?;
        Client::log_in(&panel.url, name, PASSWORD)
    };
    // alice may edit, bob may view: Kubernetes' own roles.
    let (alice, bob) = (user("alice.a", "alice")?, user("bob.b", "bob")?);
    alice.wait_status("shop", "visited", StatusKind::Settled)?;
    let commands = path::commands("shop", "visited");
    let body = json!({"command": "visits"});
    let run = wait_until("the files", SOON, || {
        let run: CommandRun = alice.post(&commands, &body, &[])?.parse()?;
        Ok(run.agree.then_some(run))
    })?;
    assert_eq!(run.sentence, "All 3 pods say 7.");

    let refused = bob.post(&commands, &body, &[])?;
    assert_eq!((refused.status, refused.code().as_str()), (403, "no-access"), "{}", refused.text);
    assert!(refused.text.contains("let bob create pods/exec"), "{}", refused.text);
    let list: CommandList = bob.get(&commands)?.parse()?;
    assert!(!list.permitted && list.refusal.is_some_and(|r| r.code == "no-access"));
    // What `view` has: pods, their Events and logs; and no nodes.
    let pod: PodDetail = bob.get(&path::pod("shop", "visited", "visited-0"))?.parse()?;
    assert_eq!(pod.events.unread, None);
    assert_eq!(pod.node.and_then(|n| n.unread).map(|u| u.code).as_deref(), Some("no-access"));
    assert_eq!(bob.get(&path::log("shop", "visited", "visited-0"))?.status, 200);
    Ok(())
}
