//! Manifests of sets that the stories use, in words.

use std::fmt::Write as _;

/// A set under construction: `set("web").replicas(5).image("app:1")`.
#[derive(Clone, Debug)]
pub struct Manifest {
    name: String,
    replicas: u32,
    image: String,
    extra_spec: String,
    strategy: String,
    claims: bool,
    service: bool,
}

/// An OrderedReady set of three with a headless Service and without claims.
pub fn set(name: &str) -> Manifest {
    Manifest {
        name: name.to_owned(),
        replicas: 3,
        image: "registry.example/app:1.0".to_owned(),
        extra_spec: String::new(),
        strategy: "{ type: RollingUpdate, rollingUpdate: { partition: 0 } }".to_owned(),
        claims: false,
        service: true,
    }
}

impl Manifest {
    #[must_use]
    pub fn replicas(mut self, n: u32) -> Self {
        self.replicas = n;
        self
    }

    #[must_use]
    pub fn image(mut self, image: &str) -> Self {
        image.clone_into(&mut self.image);
        self
    }

    #[must_use]
    pub fn partition(self, p: u32) -> Self {
        self.strategy(&format!("{{ type: RollingUpdate, rollingUpdate: {{ partition: {p} }} }}"))
    }

    /// The whole `updateStrategy` as YAML flow.
    #[must_use]
    pub fn strategy(mut self, yaml: &str) -> Self {
        yaml.clone_into(&mut self.strategy);
        self
    }

    /// One further line of the spec, such as `podManagementPolicy: Parallel`.
    #[must_use]
    pub fn spec(mut self, line: &str) -> Self {
        let _ = writeln!(self.extra_spec, "  {line}");
        self
    }

    #[must_use]
    pub fn claims(mut self) -> Self {
        self.claims = true;
        self
    }

    /// The YAML to apply.
    pub fn yaml(&self) -> String {
        let Self { name, replicas, image, extra_spec, strategy, .. } = self;
        let mut text = String::new();
        if self.service {
            let _ = write!(
                text,
                "apiVersion: v1\nkind: Service\nmetadata: {{ name: {name} }}\nspec:\n  clusterIP: None\n  selector: {{ app: {name} }}\n  ports: [{{ port: 80 }}]\n---\n"
            );
        }
        let _ = write!(
            text,
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{ name: {name} }}\nspec:\n  serviceName: {name}\n  replicas: {replicas}\n  updateStrategy: {strategy}\n{extra_spec}  selector: {{ matchLabels: {{ app: {name} }} }}\n  template:\n    metadata: {{ labels: {{ app: {name} }} }}\n    spec:\n      terminationGracePeriodSeconds: 1\n      containers: [{{ name: app, image: \"{image}\" }}]\n"
        );
        if self.claims {
            text.push_str("  volumeClaimTemplates:\n    - metadata: { name: data }\n      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }\n");
        }
        text
    }
}
