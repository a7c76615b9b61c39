//! The roles. `view` and `edit` have what the real ones have of the kinds that exist here.
//! Source: kubernetes `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go`.

use super::Access;

/// What one role permits.
#[derive(Debug)]
pub(super) struct Rule {
    groups: &'static [&'static str],
    /// `pods`, `pods/log`, `*`.
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// Empty: any name.
    names: &'static [&'static str],
}

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

impl Rule {
    pub(super) fn permits(&self, access: &Access) -> bool {
        let resource = if access.subresource.is_empty() {
            access.resource.clone()
        } else {
            format!("{}/{}", access.resource, access.subresource)
        };
        self.groups.contains(&access.group.as_str())
            && (self.resources.contains(&resource.as_str()))
            && self.verbs.contains(&access.verb.as_str())
            && (self.names.is_empty() || self.names.contains(&access.name.as_str()))
    }
}

const CORE: &[&str] = &[
    "configmaps",
    "endpoints",
    "events",
    "persistentvolumeclaims",
    "persistentvolumeclaims/status",
    "pods",
    "pods/log",
    "pods/status",
    "serviceaccounts",
    "services",
    "services/status",
];

/// Namespaces are listed by nobody here but who may read the whole cluster.
pub(super) static VIEW: &[Rule] = &[
    Rule { groups: &[""], resources: CORE, verbs: READ, names: &[] },
    Rule {
        groups: &["apps"],
        resources: &[
            "controllerrevisions",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
        verbs: READ,
        names: &[],
    },
    Rule {
        groups: &["policy"],
        resources: &["poddisruptionbudgets", "poddisruptionbudgets/status"],
        verbs: READ,
        names: &[],
    },
    Rule { groups: &["discovery.k8s.io"], resources: &["endpointslices"], verbs: READ, names: &[] },
];

pub(super) static EDIT: &[Rule] = &[
    Rule { groups: &[""], resources: CORE, verbs: READ, names: &[] },
    Rule {
        groups: &[""],
        resources: &[
            "configmaps",
            "events",
            "persistentvolumeclaims",
            "pods",
            "serviceaccounts",
            "services",
        ],
        verbs: WRITE,
        names: &[],
    },
    Rule {
        groups: &[""],
        resources: &["pods/eviction", "pods/exec"],
        verbs: &["get", "create"],
        names: &[],
    },
    Rule {
        groups: &["apps"],
        resources: &[
            "controllerrevisions",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
        verbs: READ,
        names: &[],
    },
    Rule {
        groups: &["apps"],
        resources: &["statefulsets", "statefulsets/scale"],
        verbs: WRITE,
        names: &[],
    },
    Rule {
        groups: &["policy"],
        resources: &["poddisruptionbudgets"],
        verbs: &["get", "list", "watch", "create", "delete", "deletecollection", "patch", "update"],
        names: &[],
    },
    Rule { groups: &["discovery.k8s.io"], resources: &["endpointslices"], verbs: READ, names: &[] },
];

/// What the panel reads, and nothing else.
pub(super) static READER: &[Rule] = &[
    Rule {
        groups: &["apps"],
        resources: &["statefulsets", "controllerrevisions"],
        verbs: READ,
        names: &[],
    },
    Rule {
        groups: &[""],
        resources: &["pods", "persistentvolumeclaims", "services", "events"],
        verbs: READ,
        names: &[],
    },
    Rule { groups: &["discovery.k8s.io"], resources: &["endpointslices"], verbs: READ, names: &[] },
    Rule { groups: &["policy"], resources: &["poddisruptionbudgets"], verbs: READ, names: &[] },
    Rule { groups: &[""], resources: &["namespaces"], verbs: &["get"], names: &["kube-system"] },
];

pub(super) static IMPERSONATOR: &[Rule] = &[
    Rule {
        groups: &[""],
        resources: &["users"],
        verbs: &["impersonate"],
        names: &["alice", "bob", "carol", "dave"],
    },
    Rule { groups: &[""], resources: &["groups"], verbs: &["impersonate"], names: &["shop-team"] },
];

pub(super) static WRITER: &[Rule] = &[
    Rule { groups: &["apps"], resources: &["statefulsets"], verbs: &["patch"], names: &[] },
    Rule { groups: &[""], resources: &["pods"], verbs: &["delete"], names: &[] },
    Rule { groups: &[""], resources: &["pods/eviction"], verbs: &["create"], names: &[] },
    Rule { groups: &[""], resources: &["persistentvolumeclaims"], verbs: &["patch"], names: &[] },
];

/// Everybody who is somebody may ask about themselves.
pub(super) static BASIC: &[Rule] = &[
    Rule {
        groups: &["authorization.k8s.io"],
        resources: &["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        verbs: &["create"],
        names: &[],
    },
    Rule {
        groups: &["authentication.k8s.io"],
        resources: &["selfsubjectreviews"],
        verbs: &["create"],
        names: &[],
    },
];
