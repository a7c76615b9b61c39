//! The few programs that can be run in a pretend container.

use serde_json::Value;

use crate::kind::Kind;
use crate::kubelet::{list_folder, read_file};
use crate::object::{self, Key, list, text};
use crate::world::World;

/// What a program wrote, and how it ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: i32,
}

impl Output {
    fn ok(out: impl Into<String>) -> Self {
        Self { out: out.into(), ..Self::default() }
    }

    fn fail(code: i32, err: impl Into<String>) -> Self {
        Self { err: err.into(), code, ..Self::default() }
    }
}

/// Where programs run.
pub(super) struct Shell<'a> {
    pub(super) world: &'a World,
    pub(super) pod: &'a Value,
    pub(super) container: &'a Value,
}

impl Shell<'_> {
    /// Runs a command. `None`: there is no such program.
    pub(super) fn run(&self, command: &[&str]) -> Option<Output> {
        let (program, rest) = command.split_first()?;
        Some(match (program.rsplit('/').next().unwrap_or_default(), rest) {
            ("hostname", _) => Output::ok(format!("{}\n", object::name(self.pod))),
            ("cat", files) => each(files, |file| {
                read_file(self.world, self.pod, self.container, file)
                    .ok_or_else(|| format!("cat: {file}: No such file or directory\n"))
            }),
            ("ls", []) => Output::ok(""),
            ("ls", folders) => {
                let folders: Vec<&str> =
                    folders.iter().filter(|f| !f.starts_with('-')).copied().collect();
                each(&folders, |folder| {
                    list_folder(self.world, self.pod, self.container, folder)
                        .map(|names| lines(&names))
                        .ok_or_else(|| format!("ls: {folder}: No such file or directory\n"))
                })
            }
            ("echo", words) => Output::ok(format!("{}\n", words.join(" "))),
            ("env" | "printenv", _) => Output::ok(self.environment()),
            ("true", _) => Output::default(),
            ("false", _) => Output { code: 1, ..Output::default() },
            ("nslookup" | "getent", rest) => self.look_up(rest.last().unwrap_or(&"")),
            ("sh" | "bash" | "ash", ["-c", script, ..]) => self.script(script),
            ("sh" | "bash" | "ash", _) => Output::ok(""),
            _ => return None,
        })
    }

    /// Simple commands one after the other, with variables; no pipes.
    fn script(&self, script: &str) -> Output {
        let mut whole = Output::default();
        for command in script.split([';', '\n']).flat_map(|c| c.split("&&")) {
            let words: Vec<String> = command
                .split_whitespace()
                .map(|w| self.expand(w.trim_matches(['"', '\''])))
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let Some(first) = words.first() else { continue };
            let one = self
                .run(&words)
                .unwrap_or_else(|| Output::fail(127, format!("sh: {first}: not found\n")));
            whole.out.push_str(&one.out);
            whole.err.push_str(&one.err);
            whole.code = one.code;
        }
        whole
    }

    fn expand(&self, word: &str) -> String {
        match word.strip_prefix('$') {
            Some("HOSTNAME" | "(hostname)") => object::name(self.pod).to_owned(),
            Some(name) => self.variable(name).unwrap_or_default(),
            None => word.to_owned(),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        let found = list(self.container, "/env").iter().find(|e| e["name"] == *name)?;
        Some(text(found, "/value").to_owned())
    }

    fn environment(&self) -> String {
        let mut all = format!("PATH=/usr/bin:/bin\nHOSTNAME={}\n", object::name(self.pod));
        for variable in list(self.container, "/env") {
            all.push_str(&format!("{}={}\n", text(variable, "/name"), text(variable, "/value")));
        }
        all
    }

    /// The name service of a cluster: a Service, or a pod's name below a headless one that the pod names.
    fn look_up(&self, name: &str) -> Output {
        let namespace = object::namespace(self.pod);
        let short = name.trim_end_matches('.');
        let short = short.strip_suffix(".svc.cluster.local").unwrap_or(short);
        let short = short.strip_suffix(&format!(".{namespace}")).unwrap_or(short);
        let addresses = match short.split_once('.') {
            None => self.service_addresses(short),
            Some((host, service)) => self.endpoint_addresses(service, Some(host)),
        };
        if addresses.is_empty() {
            return Output::fail(1, format!("** server can't find {name}: NXDOMAIN\n"));
        }
        let full = format!("{short}.{namespace}.svc.cluster.local");
        let found: Vec<String> =
            addresses.iter().map(|a| format!("Name:\t{full}\nAddress: {a}")).collect();
        let lines = lines(&found);
        Output::ok(format!("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n{lines}"))
    }

    fn service_addresses(&self, name: &str) -> Vec<String> {
        let namespace = object::namespace(self.pod);
        let Some(service) = self.world.store.get(&Key::new(Kind::Service, namespace, name)) else {
            return Vec::new();
        };
        match text(service, "/spec/clusterIP") {
            "None" | "" => self.endpoint_addresses(name, None),
            address => vec![address.to_owned()],
        }
    }

    fn endpoint_addresses(&self, service: &str, host: Option<&str>) -> Vec<String> {
        let slices = self.world.store.list(Kind::EndpointSlice, object::namespace(self.pod));
        slices
            .filter(|s| object::label(s, "kubernetes.io/service-name") == Some(service))
            .flat_map(|s| list(s, "/endpoints"))
            .filter(|e| e["conditions"]["ready"] == true)
            .filter(|e| host.is_none_or(|h| text(e, "/hostname") == h))
            .flat_map(|e| {
                list(e, "/addresses").iter().filter_map(|a| a.as_str().map(str::to_owned))
            })
            .collect()
    }
}

/// Does it for each name; what fails is told and the rest goes on.
fn each(names: &[&str], one: impl Fn(&str) -> Result<String, String>) -> Output {
    let mut output = Output::default();
    for name in names {
        match one(name) {
            Ok(text) => output.out.push_str(&text),
            Err(text) => {
                output.err.push_str(&text);
                output.code = 1;
            }
        }
    }
    output
}

fn lines(all: &[String]) -> String {
    let mut text = all.join("\n");
    if !all.is_empty() {
        text.push('\n');
    }
    text
}
