//! The amber banner under the top bar: since when what the page shows is old, and why.

use jiff::Timestamp;
use leptos::prelude::*;
use model::wire::KindHealth;
use model::words;

use super::icon::Icon;
use super::notice::{Tone, notice};
use crate::clock::use_clock;
use crate::live::{Phase, use_live};
use crate::reactive::{Memo, dynamic};
use crate::time;
use crate::version::use_newer;

/// The banner, if there is something to say.
#[component]
pub fn Banner() -> impl IntoView {
    let live = use_live();
    let clock = use_clock();
    // A memo, so that the ticking clock does not rebuild the banner each second.
    let lost = Memo::new(move |_| {
        let now = clock.local_ms();
        live.connection
            .with(|c| (c.phase == Phase::Lost && c.is_old(now)).then_some(c.heard).flatten())
    });
    let connection = move || {
        lost.get().map(|heard| {
            let ago = move || words_ago(clock.local_ms() - heard);
            let next = move || {
                let wait = live.connection.with(|c| c.retry).map(|r| r - clock.local_ms());
                match wait {
                    Some(ms) if ms > 999.0 => format!(" Next try in {}.", words_ago(ms)),
                    _ => " Trying now.".to_owned(),
                }
            };
            #[expect(clippy::cast_possible_truncation, reason = "a browser's clock fits into i64")]
            let at = Timestamp::from_millisecond(heard as i64).unwrap_or_default();
            let retry = button("Try now", Callback::new(move |()| live.try_now()));
            view! {
                <div class="notice flat" data-n="warn">
                    {super::icon::icon(Icon::Plug)}
                    <span>
                        <b>"Connection lost "{dynamic(ago)}" ago."</b>
                        {format!(
                            " You see the state of {}. Actions are off until it is live again.",
                            time::time_of_day(at),
                        )}
                        {dynamic(next)}
                    </span>
                    {retry}
                </div>
            }
        })
    };
    let watches = move || {
        let lost = live.lost_kinds();
        (!lost.is_empty()).then(|| {
            let since = lost.iter().map(|k| k.since).min().unwrap_or_default();
            let title = format!("The cluster does not answer about {}.", kinds(&lost));
            let text = format!(
                "What you see of them is as of {}.{} The panel goes on trying.",
                time::absolute(since),
                reason(&lost),
            );
            notice(Tone::Warn, Icon::Plug, title, text, None)
        })
    };
    let forbidden = move || {
        let (yours, panels) =
            live.forbidden_kinds().into_iter().partition::<Vec<_>, _>(|k| k.yours);
        [("You may not list", yours), ("The panel's account may not list", panels)]
            .into_iter()
            .filter(|(_, none)| !none.is_empty())
            .map(|(who, none)| {
                let title = format!("{who} {}.", kinds(&none));
                let text = format!(
                    "What depends on them is shown as not known, never as empty.{}",
                    reason(&none)
                );
                notice(Tone::Plain, Icon::Lock, title, text, None)
            })
            .collect_view()
    };
    let unrecorded = move || {
        live.unrecorded().map(|u| {
            let title = "The history is not being written.";
            let text = format!("It is complete up to {}. {}", time::absolute(u.since), u.reason);
            notice(Tone::Warn, Icon::Disk, title, text, None)
        })
    };
    let newer = use_newer();
    let version = move || {
        newer.is().then(|| {
            // Refused only while the page is going away anyway.
            let reload = button("Reload", Callback::new(|()| drop(window().location().reload())));
            let text = "Reload the page to use its new version. Nothing is reloaded by itself: finish first what you \
                        are typing.";
            notice(Tone::Plain, Icon::Info, "The panel's server was updated.", text, Some(reload))
        })
    };
    view! {
        <div class="banners" role="status">{dynamic(version)}{dynamic(connection)}{dynamic(watches)}{dynamic(forbidden)}{dynamic(unrecorded)}</div>
    }
}

fn button(label: &'static str, press: Callback<()>) -> AnyView {
    view! { <button type="button" class="btn sm" on:click=move |_| press.run(())>{label}</button> }
        .into_any()
}

fn words_ago(ms: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are wanted")]
    let seconds = (ms / 1_000.0).round() as i64;
    words::ago(seconds)
}

/// "pods and persistentvolumeclaims", each with its namespace where watches are per namespace.
fn kinds(health: &[KindHealth]) -> String {
    let mut names: Vec<String> = health
        .iter()
        .map(|k| match &k.namespace {
            Some(ns) => format!("{} in {ns}", k.kind),
            None => k.kind.clone(),
        })
        .collect();
    names.dedup();
    words::list(&names)
}

/// The first reason given, in the API server's words.
fn reason(health: &[KindHealth]) -> String {
    health
        .iter()
        .find_map(|k| k.reason.as_deref())
        .map_or_else(String::new, |r| format!(" It says: {}.", r.trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::wire::KindState;

    #[test]
    fn lost_kinds_are_named_with_their_namespace_and_reason() {
        let health = |kind: &str, namespace: Option<&str>, reason: Option<&str>| KindHealth {
            kind: kind.into(),
            namespace: namespace.map(Into::into),
            state: KindState::Lost,
            since: Timestamp::UNIX_EPOCH,
            reason: reason.map(Into::into),
            yours: false,
        };
        let list = [
            health("pods", Some("shop"), None),
            health("services", None, Some("connection refused.")),
        ];
        assert_eq!(kinds(&list), "pods in shop and services");
        assert_eq!(reason(&list), " It says: connection refused.");
        assert_eq!(reason(&[]), "");
    }
}
