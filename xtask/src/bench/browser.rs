//! A tab in a real browser: what loading the fleet costs there, and how long a change takes until it is painted. The browser is
//! driven by an example of `e2e`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::latency::Streams;
use super::report::{Report, quantile};
use super::{Bench, fill, handle, tabs};
use crate::http::Client;
use crate::process::{self, Kept};
use crate::repository::Repository;
use crate::server::Server;
use crate::{chromium, progress};

/// Changes measured in each series.
const CHANGES: u32 = 100;
/// And in those whose slowest hundredth has a budget: by three of them, not by one.
const MANY: u32 = 300;
/// The sets that are changed: the first of those that rest, which the tab shows.
const SHOWN: u32 = 10;
/// A usual window's height, in px.
const USUAL: u32 = 1_000;
/// And one in which the sets that are changed are in view below many that roll.
const HIGH: u32 = 2_400;
/// Between two changes, so that each is painted by itself.
const PAUSE: Duration = Duration::from_millis(200);
/// Streams that are open beside the tab in the last series.
const FURTHER: usize = 199;

/// Who opens the tab.
pub(super) struct Login<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

/// The tab; it is closed when this is dropped.
struct Tab {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    _kept: Kept,
}

pub(super) fn measure(
    repository: &Repository,
    bench: &Bench,
    server: &Server,
    clients: &[Client],
    login: &Login<'_>,
    report: &mut Report,
) -> Result<()> {
    chromium::ensure()?;
    let mut tab = Tab::open(repository, server, login, report)?;
    let shown = SHOWN.min(bench.sets / 2);
    series(bench, &mut tab, shown, "1 tab", report)?;
    let streams = Streams::open(bench, clients, FURTHER)?;
    series(bench, &mut tab, shown, "1 tab and 199 streams", report)?;
    drop(streams);
    Ok(())
}

/// At rest, during a rollout, and while as many sets roll at once as nobody rolls.
fn series(bench: &Bench, tab: &mut Tab, shown: u32, who: &str, report: &mut Report) -> Result<()> {
    tab.stand(USUAL)?;
    paint(bench, tab, shown, CHANGES, who, report)?;
    for (sets, height) in [(1, USUAL), (1, HIGH), (tabs::ROLLING, HIGH)] {
        tab.stand(height)?;
        tabs::while_rolling(bench, sets, |rolling| {
            let what = model::words::count(rolling as usize, "set");
            let high = if height == HIGH { ", high window" } else { "" };
            let changes = if sets == 1 && height == USUAL { MANY } else { CHANGES };
            paint(bench, tab, shown, changes, &format!("{who}, {what} rolling{high}"), report)
        })?;
    }
    Ok(())
}

/// Moves the partitions of the sets that the tab shows, one after the other, and looks when each change was painted.
fn paint(
    bench: &Bench,
    tab: &mut Tab,
    shown: u32,
    count: u32,
    what: &str,
    report: &mut Report,
) -> Result<()> {
    tab.painted()?;
    let mut changes = Vec::new();
    for change in 0..count {
        let set = change % shown;
        let partition = json!({
            "spec": { "updateStrategy": { "rollingUpdate": { "partition": bench.number() } } }
        });
        let sent = now()?;
        bench.proxy.patch(&fill::path(set), &partition)?;
        changes.push((fill::name(set), sent, now()?));
        thread::sleep(PAUSE);
    }
    // The last one may still be on its way, on a machine that has much to do.
    thread::sleep(Duration::from_secs(2));
    let mut painted: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (name, at, told) in tab.painted()? {
        painted.entry(name).or_default().push((at, told));
    }
    let (mut times, mut waits) = (Vec::new(), Vec::new());
    let mut late = 0;
    for (name, sent, answered) in &changes {
        let next = changes.iter().find(|(n, s, _)| n == name && s > sent).map(|(_, s, _)| *s);
        let first = painted.get(name).into_iter().flatten().find(|(at, _)| at > sent);
        let (at, told) = first.with_context(|| format!("a change of {name} was never painted"))?;
        late += u32::from(next.is_some_and(|next| *at >= next));
        times.push((at - answered).max(0.0));
        waits.push(at - told);
    }
    // What is painted that late may be taken for the next change, too: with some of them the figures are too good.
    report.add(&format!("painted after the set's next change, {what}"), f64::from(late), "");
    // How much of that the page itself took; the rest is the server's, the API server's and the machine's.
    for (times, from) in [(&mut times, "answer"), (&mut waits, "told")] {
        times.sort_by(f64::total_cmp);
        for (share, name) in [(0.5, "median"), (0.95, "95th percentile"), (0.99, "99th percentile")]
        {
            let name = format!("{from} → painted, {what}, {name}");
            report.add(&name, quantile(times, share), "ms");
        }
    }
    Ok(())
}

/// Milliseconds of Unix time, as the page tells it.
fn now() -> Result<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0)
}

impl Tab {
    /// Opens it; what loading cost goes into the report.
    fn open(
        repository: &Repository,
        server: &Server,
        login: &Login<'_>,
        report: &mut Report,
    ) -> Result<Self> {
        let example = ["--quiet", "--package", "e2e", "--example", "tab"];
        process::run(repository.cargo(&["build"]).args(example))?;
        progress::say("open the fleet in a browser");
        let mut command = repository.cargo(&["run"]);
        command.args(example).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("ROLLCALL_URL", server.url());
        command.env("ROLLCALL_USER", login.user).env("ROLLCALL_PASSWORD", login.password);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("stdout was asked for")?;
        let kept = process::keep(&child);
        let mut tab = Self { child, stdin, lines: BufReader::new(stdout).lines(), _kept: kept };
        loop {
            let line = tab.line()?;
            if line == "open" {
                return Ok(tab);
            }
            let (name, value, unit) =
                handle::figure(&line).with_context(|| format!("no figure: {line:?}"))?;
            report.add(name, value, unit);
        }
    }

    /// Makes its window so high (px).
    fn stand(&mut self, height: u32) -> Result<()> {
        self.ask(&height.to_string())?;
        // What that moves is no matter of the changes that follow.
        thread::sleep(Duration::from_secs(1));
        Ok(())
    }

    /// What was painted since: name of the set, when it was painted, and when the page was told, in Unix time in milliseconds.
    fn painted(&mut self) -> Result<Vec<(String, f64, f64)>> {
        self.ask("")
    }

    fn ask(&mut self, what: &str) -> Result<Vec<(String, f64, f64)>> {
        writeln!(self.stdin.as_mut().context("it is open")?, "{what}")?;
        Ok(serde_json::from_str(&self.line()?)?)
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.lines.next().context("the browser's driver has ended")??)
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        // It ends by itself when its stdin is closed; cargo is between us and it.
        drop(self.stdin.take());
        self.child.wait().ok();
    }
}
