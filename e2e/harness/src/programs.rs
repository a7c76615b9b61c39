//! The programs of a control plane and their command lines.

use crate::binaries::Binaries;
use crate::layout::Layout;
use crate::options::Options;
use crate::ports::Ports;

/// A part of the control plane that can be killed and started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The API server's database.
    Etcd,
    /// The API server.
    ApiServer,
    /// The controllers, that of StatefulSets among them.
    ControllerManager,
    /// Gives pods their node.
    Scheduler,
    /// Plays the kubelets.
    Kwok,
    /// Plays the storage driver, and the end of pods.
    Claims,
}

impl Program {
    /// Its name, as in the names of the log files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
            Self::Claims => "claims",
        }
    }

    pub(crate) fn argv(
        self,
        binaries: &Binaries,
        layout: &Layout,
        ports: Ports,
        options: &Options,
    ) -> Vec<String> {
        let program = if self == Self::Kwok {
            vec![text(binaries.kwok.display())]
        } else {
            vec![text(binaries.control_plane.display()), self.name().to_owned()]
        };
        let flags = match self {
            Self::Etcd => etcd(layout, ports),
            Self::ApiServer => api_server(layout, ports, options),
            Self::ControllerManager => controller_manager(layout, options),
            Self::Scheduler => scheduler(layout),
            Self::Kwok => kwok(layout, ports),
            Self::Claims => vec![flag("kubeconfig", layout.kubeconfig("system:claims").display())],
        };
        program.into_iter().chain(flags).collect()
    }

    /// Additions to the environment.
    pub(crate) fn env(self, layout: &Layout) -> Vec<String> {
        let mut env = vec![format!("HOME={}", layout.home().display())];
        if self == Self::Kwok {
            // What `kubectl exec` runs are KWOK's children.
            let path = std::env::var("PATH").unwrap_or_default();
            env.push(format!("PATH={}:{path}", layout.wrappers().display()));
        }
        env
    }
}

fn text(value: impl std::fmt::Display) -> String {
    value.to_string()
}

fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("--{name}={value}")
}

fn etcd(layout: &Layout, ports: Ports) -> Vec<String> {
    let url = format!("http://127.0.0.1:{}", ports.etcd);
    vec![
        flag("data-dir", layout.root().join("etcd").display()),
        flag("listen-client-urls", &url),
        flag("advertise-client-urls", &url),
        // No peers: any port will do.
        flag("listen-peer-urls", "http://127.0.0.1:0"),
        // Nothing here has to survive a power cut.
        text("--unsafe-no-fsync"),
        flag("log-level", "warn"),
    ]
}

fn api_server(layout: &Layout, ports: Ports, options: &Options) -> Vec<String> {
    let key = |name: &str| layout.key(name).display().to_string();
    let mut flags = vec![
        flag("etcd-servers", format_args!("http://127.0.0.1:{}", ports.etcd)),
        flag("bind-address", "127.0.0.1"),
        flag("advertise-address", "127.0.0.1"),
        flag("secure-port", ports.api_server),
        flag("endpoint-reconciler-type", "none"),
        flag("tls-cert-file", key("apiserver.crt")),
        flag("tls-private-key-file", key("apiserver.key")),
        flag("client-ca-file", key("ca.crt")),
        // Without it the other programs log an error every minute; the same CA is accepted only
        // with names given.
        flag("requestheader-client-ca-file", key("ca.crt")),
        flag("requestheader-allowed-names", "front-proxy"),
        flag("token-auth-file", layout.tokens().display()),
        flag("authorization-mode", "RBAC"),
        text("--allow-privileged"),
        flag("service-cluster-ip-range", "10.96.0.0/16"),
        flag("service-account-issuer", "https://kubernetes.default.svc"),
        flag("service-account-signing-key-file", key("service-account.key")),
        flag("service-account-key-file", key("service-account.pub")),
        flag("kubelet-certificate-authority", key("ca.crt")),
        flag("kubelet-client-certificate", key("kubelet-client.crt")),
        flag("kubelet-client-key", key("kubelet-client.key")),
        flag("kubelet-preferred-address-types", "InternalIP"),
        flag("max-requests-inflight", 2000),
        flag("max-mutating-requests-inflight", 1000),
        flag("audit-policy-file", layout.audit_policy().display()),
        flag("audit-log-path", layout.audit_log().display()),
        // Rotation would pull the file away under a reader.
        flag("audit-log-maxsize", 100_000),
    ];
    flags.extend(options.feature_gates_flag());
    flags.extend(options.api_server_flags.iter().cloned());
    flags
}

/// Flags of the controller manager and the scheduler alike.
fn client(layout: &Layout, user: &str) -> Vec<String> {
    let kubeconfig = layout.kubeconfig(user).display().to_string();
    vec![
        flag("kubeconfig", &kubeconfig),
        // Nobody asks them anything, and a port less can clash.
        flag("secure-port", 0),
        flag("leader-elect", false),
        flag("kube-api-qps", 1000),
        flag("kube-api-burst", 2000),
    ]
}

fn controller_manager(layout: &Layout, options: &Options) -> Vec<String> {
    let mut flags = client(layout, "system:kube-controller-manager");
    flags.extend([
        // Each controller acts as its own account, so that events and managedFields look as on a
        // real cluster.
        text("--use-service-account-credentials"),
        flag("service-account-private-key-file", layout.key("service-account.key").display()),
        flag("root-ca-file", layout.key("ca.crt").display()),
        flag("pvclaimbinder-sync-period", "5s"),
        flag("concurrent-statefulset-syncs", 20),
        flag("concurrent-gc-syncs", 20),
    ]);
    flags.extend(options.feature_gates_flag());
    flags.extend(options.controller_manager_flags.iter().cloned());
    flags
}

fn scheduler(layout: &Layout) -> Vec<String> {
    client(layout, "system:kube-scheduler")
}

fn kwok(layout: &Layout, ports: Ports) -> Vec<String> {
    vec![
        flag("kubeconfig", layout.kubeconfig("system:kwok").display()),
        flag("config", layout.stages().display()),
        flag("manage-all-nodes", false),
        flag("manage-nodes-with-annotation-selector", "kwok.x-k8s.io/node=fake"),
        flag("node-lease-duration-seconds", 40),
        flag("cidr", "10.0.0.0/14"),
        flag("node-ip", "127.0.0.1"),
        flag("node-port", ports.kubelet),
        flag("server-address", format_args!("127.0.0.1:{}", ports.kubelet)),
        flag("tls-cert-file", layout.key("kubelet.crt").display()),
        flag("tls-private-key-file", layout.key("kubelet.key").display()),
        flag("enable-crds", "Exec,ClusterExec,Logs,ClusterLogs"),
    ]
}
