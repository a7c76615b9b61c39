//! Ports on 127.0.0.1.

use std::fs;
use std::net::TcpListener;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::layout::Layout;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Ports {
    pub(crate) etcd: u16,
    pub(crate) api_server: u16,
    pub(crate) kubelet: u16,
}

impl Ports {
    /// Free ports; another process may take one before we do, then the start is tried again.
    pub(crate) fn free() -> Result<Self> {
        // All are held until all are chosen, or the same one might come twice.
        let listeners: Vec<TcpListener> =
            (0..3).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<std::io::Result<_>>()?;
        let port = |index: usize| listeners[index].local_addr().map(|address| address.port());
        Ok(Self { etcd: port(0)?, api_server: port(1)?, kubelet: port(2)? })
    }

    /// The ports of a kept data folder: nodes and kubeconfig files there name them. Chosen at its
    /// first start.
    pub(crate) fn kept(layout: &Layout) -> Result<Self> {
        let file = layout.ports();
        let Ok(text) = fs::read_to_string(&file) else {
            let ports = Self::free()?;
            fs::write(&file, serde_json::to_string(&ports)?)?;
            return Ok(ports);
        };
        let ports: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged: remove the data folder", file.display()))?;
        for port in [ports.etcd, ports.api_server, ports.kubelet] {
            if TcpListener::bind(("127.0.0.1", port)).is_err() {
                bail!(
                    "port {port}, which the data in {} is bound to, is in use: end the program \
                     that has it, or remove the data folder",
                    layout.root().display()
                );
            }
        }
        Ok(ports)
    }
}
