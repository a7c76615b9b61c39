//! The kinds that the sandbox knows, as discovery tells them.

/// One kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Namespace,
    Node,
    ServiceAccount,
    ConfigMap,
    Service,
    Event,
    Pod,
    Claim,
    Volume,
    Set,
    Revision,
    EndpointSlice,
    Budget,
    StorageClass,
}

/// How a kind is called and what it has.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table of independent traits")]
pub struct Info {
    /// API group, empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    /// Plural, as in URLs.
    pub resource: &'static str,
    pub singular: &'static str,
    /// The `kind` of its objects.
    pub name: &'static str,
    pub short: &'static [&'static str],
    pub namespaced: bool,
    /// Part of `kubectl get all`.
    pub in_all: bool,
    /// Subresources, without `status`.
    pub subresources: &'static [&'static str],
    /// Whether `status` is a part of its own that other writes leave alone.
    pub has_status: bool,
    /// Whether `metadata.generation` counts the changes of the spec.
    pub has_generation: bool,
}

impl Info {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `statefulsets.apps`, as errors call it.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }
}

const fn plain(
    group: &'static str,
    resource: &'static str,
    singular: &'static str,
    name: &'static str,
    short: &'static [&'static str],
) -> Info {
    Info {
        group,
        version: "v1",
        resource,
        singular,
        name,
        short,
        namespaced: true,
        in_all: false,
        subresources: &[],
        has_status: false,
        has_generation: false,
    }
}

static NAMESPACE: Info = Info {
    namespaced: false,
    has_status: true,
    ..plain("", "namespaces", "namespace", "Namespace", &["ns"])
};
static NODE: Info =
    Info { namespaced: false, has_status: true, ..plain("", "nodes", "node", "Node", &["no"]) };
static SERVICE_ACCOUNT: Info =
    plain("", "serviceaccounts", "serviceaccount", "ServiceAccount", &["sa"]);
static CONFIG_MAP: Info = plain("", "configmaps", "configmap", "ConfigMap", &["cm"]);
static SERVICE: Info = Info {
    in_all: true,
    has_status: true,
    ..plain("", "services", "service", "Service", &["svc"])
};
static EVENT: Info = plain("", "events", "event", "Event", &["ev"]);
static POD: Info = Info {
    in_all: true,
    has_status: true,
    has_generation: true,
    subresources: &["eviction", "log", "exec"],
    ..plain("", "pods", "pod", "Pod", &["po"])
};
static CLAIM: Info = Info {
    has_status: true,
    ..plain(
        "",
        "persistentvolumeclaims",
        "persistentvolumeclaim",
        "PersistentVolumeClaim",
        &["pvc"],
    )
};
static VOLUME: Info = Info {
    namespaced: false,
    has_status: true,
    ..plain("", "persistentvolumes", "persistentvolume", "PersistentVolume", &["pv"])
};
static SET: Info = Info {
    in_all: true,
    has_status: true,
    has_generation: true,
    subresources: &["scale"],
    ..plain("apps", "statefulsets", "statefulset", "StatefulSet", &["sts"])
};
static REVISION: Info =
    plain("apps", "controllerrevisions", "controllerrevision", "ControllerRevision", &[]);
static ENDPOINT_SLICE: Info =
    plain("discovery.k8s.io", "endpointslices", "endpointslice", "EndpointSlice", &[]);
static BUDGET: Info = Info {
    has_status: true,
    has_generation: true,
    ..plain(
        "policy",
        "poddisruptionbudgets",
        "poddisruptionbudget",
        "PodDisruptionBudget",
        &["pdb"],
    )
};
static STORAGE_CLASS: Info = Info {
    namespaced: false,
    ..plain("storage.k8s.io", "storageclasses", "storageclass", "StorageClass", &["sc"])
};

impl Kind {
    /// All kinds, in the order in which discovery lists them.
    pub const ALL: [Self; 14] = [
        Self::ConfigMap,
        Self::Event,
        Self::Namespace,
        Self::Node,
        Self::Claim,
        Self::Volume,
        Self::Pod,
        Self::ServiceAccount,
        Self::Service,
        Self::Revision,
        Self::Set,
        Self::EndpointSlice,
        Self::Budget,
        Self::StorageClass,
    ];

    pub fn info(self) -> &'static Info {
        match self {
            Self::Namespace => &NAMESPACE,
            Self::Node => &NODE,
            Self::ServiceAccount => &SERVICE_ACCOUNT,
            Self::ConfigMap => &CONFIG_MAP,
            Self::Service => &SERVICE,
            Self::Event => &EVENT,
            Self::Pod => &POD,
            Self::Claim => &CLAIM,
            Self::Volume => &VOLUME,
            Self::Set => &SET,
            Self::Revision => &REVISION,
            Self::EndpointSlice => &ENDPOINT_SLICE,
            Self::Budget => &BUDGET,
            Self::StorageClass => &STORAGE_CLASS,
        }
    }

    /// The kind that is served under this group, version and plural.
    pub fn find(group: &str, version: &str, resource: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| {
            let info = kind.info();
            (info.group, info.version, info.resource) == (group, version, resource)
        })
    }

    /// The kind that objects of this `apiVersion` and `kind` are of.
    pub fn of(api_version: &str, name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.info().name == name && kind.info().api_version() == api_version)
    }
}
