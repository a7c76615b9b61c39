//! Ctrl-C and SIGTERM, noticed instead of died from: what was started has to be ended.

use std::sync::mpsc::{self, Receiver};
use std::thread;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// A person's, or another program's, wish that we end.
pub(crate) struct Interrupt(Receiver<()>);

impl Interrupt {
    /// From now on the signals do not end us. Programs started later get them as ever.
    pub(crate) fn listen() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _entered = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        let (sender, receiver) = mpsc::channel();
        let listen = move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    if sender.send(()).is_err() {
                        return;
                    }
                }
            });
        };
        thread::Builder::new().name("signals".to_owned()).spawn(listen)?;
        Ok(Self(receiver))
    }

    /// Blocks until one comes.
    pub(crate) fn wait(&self) -> Result<()> {
        self.0.recv().context("the thread that listens to signals has ended")
    }

    /// Whether one has come.
    pub(crate) fn came(&self) -> bool {
        self.0.try_recv().is_ok()
    }
}
