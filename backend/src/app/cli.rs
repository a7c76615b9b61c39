//! What can be said on the command line, and by environment variables named `ROLLCALL_…`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::wire::{Authority, CommandView, RoleBinding};

/// A control panel for the rollouts of Kubernetes StatefulSets.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, about)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Watch a cluster and serve the panel
    Serve(Box<ServeOptions>),
    /// Try it out: the panel before a small cluster that lives in this program and ends with it
    Demo(DemoOptions),
    /// Manage local users
    User {
        #[command(flatten)]
        database: Database,
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Copy the database to a new file, while the server runs
    Backup {
        #[command(flatten)]
        database: Database,
        file: PathBuf,
    },
    /// Put a backup in place of the database; refused while a server runs on it
    Restore {
        #[command(flatten)]
        database: Database,
        file: PathBuf,
    },
    /// Print the OpenAPI document of the HTTP API
    Openapi,
}

#[derive(Debug, Args)]
pub(super) struct Database {
    /// The SQLite file
    #[arg(
        long = "database",
        env = "ROLLCALL_DATABASE",
        default_value = "rollcall.db",
        value_name = "FILE"
    )]
    pub(super) path: PathBuf,
}

/// With whose rights requests reach the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AuthorityName {
    /// Everybody with the rights of the kubeconfig or account
    Direct,
    /// Each user as their Kubernetes user and groups
    Impersonate,
}

impl From<AuthorityName> for Authority {
    fn from(name: AuthorityName) -> Self {
        match name {
            AuthorityName::Direct => Self::Direct,
            AuthorityName::Impersonate => Self::Impersonate,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ServeOptions {
    #[command(flatten)]
    pub(super) database: Database,
    /// Address and port; port 0 takes a free one
    #[arg(
        long,
        env = "ROLLCALL_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDR:PORT"
    )]
    pub(super) listen: SocketAddr,
    /// Kubeconfig; without it $KUBECONFIG, ~/.kube/config, or the account of the pod
    #[arg(long, env = "ROLLCALL_KUBECONFIG", value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, env = "ROLLCALL_CONTEXT", value_name = "NAME")]
    pub(super) context: Option<String>,
    /// Watch only this namespace; may be given several times. Without it, all
    #[arg(
        long = "namespace",
        env = "ROLLCALL_NAMESPACES",
        value_delimiter = ',',
        value_name = "NS"
    )]
    pub(super) namespaces: Vec<String>,
    /// With whose rights users act. On loopback `direct` is the default; elsewhere it has to be said
    #[arg(long, env = "ROLLCALL_AUTHORITY", value_enum)]
    pub(super) authority: Option<AuthorityName>,
    /// TLS ends before this server: allows plain HTTP on addresses other than loopback
    #[arg(long, env = "ROLLCALL_TLS_ENDS_BEFORE")]
    pub(super) tls_ends_before: bool,
    /// A proxy of ours stands in front: believe the last entry of its X-Forwarded-For
    #[arg(long, env = "ROLLCALL_BEHIND_PROXY")]
    pub(super) behind_proxy: bool,
    /// Origin under which browsers reach the panel, such as https://rollcall.example.org
    #[arg(long, env = "ROLLCALL_PUBLIC_URL", value_name = "URL")]
    pub(super) public_url: Option<String>,
    /// Name of the cluster in the top bar; without it the context's name, or "cluster"
    #[arg(long, env = "ROLLCALL_CLUSTER_NAME", value_name = "NAME")]
    pub(super) cluster_name: Option<String>,
    /// A pod that is not Ready for this many seconds makes its set Stuck
    #[arg(long, env = "ROLLCALL_STUCK_AFTER", default_value_t = 300, value_name = "SECONDS",
          value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub(super) stuck_after: u32,
    /// Days that events and ended rollouts are kept; 0 keeps them for ever
    #[arg(long, env = "ROLLCALL_RETENTION_DAYS", default_value_t = 400, value_name = "DAYS",
          value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub(super) retention_days: u32,
    /// A command that operators may run in the pods of a set, as a name and a JSON list of words:
    /// `visits=["cat","/data/visits"]`. May be given several times; the variable takes one a line. Without it, none
    #[arg(
        long = "command",
        env = "ROLLCALL_COMMANDS",
        value_delimiter = '\n',
        value_name = "NAME=ARGV",
        value_parser = super::commands::parse
    )]
    pub(super) commands: Vec<CommandView>,
    /// Log as JSON even on a terminal
    #[arg(long, env = "ROLLCALL_LOG_JSON")]
    pub(super) log_json: bool,
}

#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// Port of the panel on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    pub(super) port: u16,
    /// Port of the cluster's API on 127.0.0.1, for kubectl; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(super) cluster_port: u16,
    /// Pods start and end within milliseconds, as scripts like it that try out the API; people see more without
    #[arg(long)]
    pub(super) quick: bool,
    /// Turn the feature gate MaxUnavailableStatefulSet of its cluster on: then a roll may take several pods down at once
    #[arg(long)]
    pub(super) max_unavailable: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a user; the password is read from standard input
    Add {
        name: String,
        /// viewer, operator or admin, in all namespaces or (operator:shop) in one; may be given several times
        #[arg(long = "role", required = true, value_parser = crate::identity::cli::role, value_name = "ROLE[:NS]")]
        roles: Vec<RoleBinding>,
        /// Kubernetes user to act as under `--authority impersonate`; without it the same name
        #[arg(long, value_name = "USER")]
        kubernetes_user: Option<String>,
        /// Kubernetes group to act with; may be given several times
        #[arg(long = "kubernetes-group", value_name = "GROUP")]
        kubernetes_groups: Vec<String>,
    },
    /// List users and their roles
    List,
    /// Set a new password, read from standard input; ends the user's sessions
    Reset { name: String },
    /// Remove a user; ends their sessions
    Remove { name: String },
}
