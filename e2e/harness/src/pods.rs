//! What a pod's containers hold and say, for `kubectl exec` and `kubectl logs`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::manifests::cri_lines;
use crate::plane::ControlPlane;

impl ControlPlane {
    /// Puts files where `kubectl exec POD -- cat PATH` finds them (`cat`, `ls`, `head`, `tail`,
    /// `wc`, `stat` by absolute path; `sh -c` starts in the pod's root folder). They belong to the
    /// pod's name and so stay when the pod is replaced, like a volume. KWOK needs a moment to see
    /// the first ones of a pod: wait for the answer.
    ///
    /// # Errors
    /// When a path climbs out of the pod or something cannot be written.
    pub fn give_files(&self, namespace: &str, pod: &str, files: &[(&str, &str)]) -> Result<()> {
        let root = self.pod_folder(namespace, pod);
        fs::create_dir_all(&root)?;
        for (path, text) in files {
            if path.split('/').any(|part| part == "..") {
                bail!("{path} is not below the pod's root folder");
            }
            let file = root.join(path.trim_start_matches('/'));
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(file, text)?;
        }
        let spec = format!("execs: [{{ local: {{ workDir: {} }} }}]", root.display());
        self.apply_kubelet_object("Exec", namespace, pod, &spec)
    }

    /// The folder that is `/` for `kubectl exec` in a pod of that name.
    pub fn pod_folder(&self, namespace: &str, pod: &str) -> PathBuf {
        self.layout.pod(namespace, pod)
    }

    /// Makes `text` the log of all containers of a pod, and `previous` that of their last instance
    /// (`kubectl logs --previous`). Pods without a log of their own have three general lines.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_log(&self, namespace: &str, pod: &str, text: &str, previous: &str) -> Result<()> {
        let current = self.pod_log(namespace, pod);
        let before = current.with_extension("previous");
        fs::write(&current, cri_lines(text))?;
        fs::write(&before, cri_lines(previous))?;
        let spec = format!(
            "logs: [{{ logsFile: {}, previousLogsFile: {}, follow: true }}]",
            current.display(),
            before.display()
        );
        self.apply_kubelet_object("Logs", namespace, pod, &spec)
    }

    /// Adds to a log of [`Self::set_log`]; `kubectl logs -f` shows it.
    ///
    /// # Errors
    /// When the pod has no log of its own yet.
    pub fn append_log(&self, namespace: &str, pod: &str, text: &str) -> Result<()> {
        use std::io::Write as _;
        let mut file = fs::OpenOptions::new().append(true).open(self.pod_log(namespace, pod))?;
        file.write_all(cri_lines(text).as_bytes())?;
        Ok(())
    }

    fn pod_log(&self, namespace: &str, pod: &str) -> PathBuf {
        self.layout.log(&format!("pod.{namespace}.{pod}"))
    }

    fn apply_kubelet_object(
        &self,
        kind: &str,
        namespace: &str,
        pod: &str,
        spec: &str,
    ) -> Result<()> {
        let yaml = format!(
            "apiVersion: kwok.x-k8s.io/v1alpha1\nkind: {kind}\nmetadata: {{ name: {pod} }}\nspec:\n  {spec}\n"
        );
        self.apply("admin", namespace, &yaml)?;
        Ok(())
    }
}
