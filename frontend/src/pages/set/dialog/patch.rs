//! The fold with what is sent exactly, and the command that does the same: both from the server's dry run.

use leptos::prelude::*;
use model::action::PatchOp;
use model::wire::ActionResult;

use super::machine::{Check, Dialog};
use crate::components::{CopyButton, Icon, small_icon};
use crate::reactive::{Memo, RwSignal, dynamic};

/// The patch, one operation a line.
pub fn lines(patch: &[PatchOp]) -> String {
    let all: Vec<String> =
        patch.iter().map(|op| serde_json::to_string(op).unwrap_or_default()).collect();
    if all.is_empty() { String::new() } else { format!("[{}]", all.join(",\n ")) }
}

/// What goes over the wire where there is no patch.
fn instead(result: &ActionResult) -> String {
    format!(
        "No patch of the set: {}. The pod's uid is sent along, so that no other pod is meant.",
        result.summary
    )
}

/// The fold.
pub(super) fn fold(machine: RwSignal<Dialog>) -> AnyView {
    let result = Memo::new(move |_| {
        machine.with(|m| match &m.check {
            Check::Passed(result) => Some(result.clone()),
            _ => None,
        })
    });
    let body = move || match result.get() {
        None => {
            view! { <p class="dim small">"It is shown when the API server has checked it."</p> }
                .into_any()
        }
        Some(result) => {
            let patch = lines(&result.patch);
            let text = if patch.is_empty() {
                view! { <p class="mid small">{instead(&result)}</p> }.into_any()
            } else {
                view! {
                    <div class="cmdline">
                        <pre class="pre" tabindex="0" aria-label="JSON patch">{patch.clone()}</pre>
                        <CopyButton text=patch label="Copy the patch"/>
                    </div>
                }
                .into_any()
            };
            let command = result.kubectl.clone();
            view! {
                {text}
                <div class="cmdline">
                    <pre class="pre soft" tabindex="0" aria-label="kubectl command">{command.clone()}</pre>
                    <CopyButton text=command label="Copy the command"/>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <section>
            <details class="fold">
                <summary>{small_icon(Icon::Forward)}"Exact patch and kubectl"</summary>
                {dynamic(body)}
            </details>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_is_valid_json_with_one_operation_a_line() {
        let patch = [
            PatchOp::Test { path: "/metadata/uid".into(), value: "u".into() },
            PatchOp::Replace { path: "/spec/replicas".into(), value: 3.into() },
        ];
        let text = lines(&patch);
        assert_eq!(text.lines().count(), 2);
        let back: Vec<PatchOp> = serde_json::from_str(&text).expect("valid JSON");
        assert_eq!(back, patch);
    }
}
