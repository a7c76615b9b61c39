//! Starting a control plane, in order.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::binaries::{self, Binaries};
use crate::command;
use crate::layout::Layout;
use crate::manifests;
use crate::options::Options;
use crate::plane::{ControlPlane, START};
use crate::ports::Ports;
use crate::programs::Program;
use crate::supervisor::Supervisor;
use crate::tokens::Tokens;
use crate::wait::wait_until;

impl ControlPlane {
    /// Starts one and returns when all nodes are Ready and a first pod has come and gone. Builds
    /// the programs if need be, telling so on standard error.
    ///
    /// # Errors
    /// When the programs cannot be built or one of them does not start; the error holds the end of
    /// its log.
    pub fn start(options: Options) -> Result<Self> {
        let version = options.version.as_deref();
        let binaries = binaries::ensure_version(version, &mut |message| eprintln!("{message}"))?;
        for _ in 0..2 {
            match Self::start_once(binaries.clone(), options.clone()) {
                // Another process took a port between our choosing it and our using it.
                Err(error) if format!("{error:#}").contains("address already in use") => {}
                result => return result,
            }
        }
        Self::start_once(binaries, options)
    }

    fn start_once(binaries: Binaries, options: Options) -> Result<Self> {
        let (layout, lock) = match &options.data_dir {
            Some(folder) => {
                let (layout, lock) = open_kept(folder)?;
                (layout, Some(lock))
            }
            None => (
                Layout::new(tempfile::Builder::new().prefix("rollcall-plane-").tempdir()?.keep()),
                None,
            ),
        };
        // Before anything that can fail, so that it removes the folder.
        let remove = lock.is_none().then(|| layout.root());
        let supervisor = Supervisor::start(&binaries.control_plane, remove)?;
        let ports = if lock.is_some() { Ports::kept(&layout)? } else { Ports::free()? };
        let mut keys = Command::new(&binaries.control_plane);
        command::run(keys.arg("keys").arg(layout.root().join("keys")), None, START)?;
        let tokens = Tokens::load_or_create(&layout)?;
        manifests::write_files(&layout)?;
        let plane = Self {
            supervisor,
            binaries,
            layout,
            ports,
            options,
            tokens: Mutex::new(tokens),
            _lock: lock,
        };
        plane.boot()?;
        Ok(plane)
    }

    fn boot(&self) -> Result<()> {
        self.write_kubeconfigs()?;
        self.launch(Program::Etcd)?;
        self.launch(Program::ApiServer)?;
        self.await_ready(&["api"])?;
        for program in [Program::ControllerManager, Program::Scheduler, Program::Claims] {
            self.launch(program)?;
        }
        let objects = manifests::objects(&self.binaries, &self.options)?;
        self.apply_ours(&objects)?;
        self.kubectl(
            "admin",
            &["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"],
        )?;
        if self.options.data_dir.is_some() {
            self.launch(Program::Kwok)?;
        } else {
            self.launch_first(Program::Kwok)?;
        }
        self.apply_ours(&manifests::kubelet_defaults(&self.layout))?;
        self.await_working()
    }

    /// Applied by the server: kubectl's own way would write the CRDs, which are too big for it,
    /// into an annotation.
    fn apply_ours(&self, yaml: &str) -> Result<()> {
        let arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        self.kubectl_with_input("admin", &arguments, Some(yaml), START)?;
        Ok(())
    }

    /// Runs `control-plane await` and stops waiting when a program has ended.
    pub(crate) fn await_ready(&self, arguments: &[&str]) -> Result<()> {
        let mut child = Command::new(&self.binaries.control_plane)
            .arg("await")
            .arg("--kubeconfig")
            .arg(self.layout.kubeconfig("admin"))
            .arg(format!("--timeout={}s", START.as_secs()))
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(File::create(self.layout.log("await"))?)
            .spawn()?;
        // It has its own, shorter timeout.
        let outcome = wait_until("the control plane", START + Duration::from_secs(10), || {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(Ok(status)));
            }
            Ok(self.check_alive().err().map(Err))
        });
        if !matches!(outcome, Ok(Ok(_))) {
            child.kill().ok();
            child.wait().ok();
        }
        if !outcome??.success() {
            let said = fs::read_to_string(self.layout.log("await")).unwrap_or_default();
            self.check_alive()?;
            bail!("the control plane does not become ready: {}", said.trim());
        }
        Ok(())
    }
}

/// The folder with an exclusive lock on it.
fn open_kept(folder: &Path) -> Result<(Layout, File)> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the data folder {}", folder.display()))?;
    // Absolute, since the programs are told paths in it.
    let folder = folder.canonicalize()?;
    let lock = File::create(folder.join("lock"))?;
    if lock.try_lock().is_err() {
        bail!("another control plane runs from {}: end that one first", folder.display());
    }
    Ok((Layout::new(folder), lock))
}
