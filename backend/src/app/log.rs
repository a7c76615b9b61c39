//! What is logged, and how.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// kube logs whole answers, which may hold templates, when it cannot read them; tower-sessions warns at every expired cookie.
const QUIET: &str = "sqlx=warn,kube_client=error,tower_sessions=error,tower_sessions_core=error";

/// Logs to standard error, as JSON where that is wished or no terminal. `usual` is what is logged where `ROLLCALL_LOG` says
/// nothing.
pub(super) fn start(json: bool, usual: &str) {
    let asked = std::env::var("ROLLCALL_LOG").unwrap_or_default();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&asked, usual))
        .with_writer(std::io::stderr);
    if json || !std::io::stderr().is_terminal() {
        builder.json().init();
    } else {
        builder.init();
    }
}

/// What was asked for comes last: to hear those who are kept quiet one has to name them.
fn filter(asked: &str, usual: &str) -> EnvFilter {
    let asked = if asked.trim().is_empty() { usual } else { asked };
    EnvFilter::try_new(format!("{QUIET},{asked}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},{usual}")))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, some: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(some);
            Ok(some.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(asked: &str) -> String {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter(asked, "info"))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "rollcall::app", "hello");
            tracing::warn!(target: "kube_client::client", "a body with a secret");
        });
        let text = page.0.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn whoever_asks_for_more_of_the_log_does_not_get_the_bodies_of_the_api_server_with_it() {
        for asked in ["", "info", "debug", "rollcall=debug,info", "nonsense=nonsense"] {
            let text = logged(asked);
            assert!(text.contains("hello") && !text.contains("secret"), "{asked}: {text}");
        }
        assert!(logged("info,kube_client=warn").contains("secret"), "who names it gets it");
        assert!(!logged("warn").contains("hello"));
    }
}
