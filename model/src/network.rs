//! Whether the per-pod DNS names of a set resolve, and why not.
//!
//! A name `<pod>.<service>.<namespace>.svc` exists only if `spec.serviceName` names a Service that selects the pod; it is
//! promised only for headless Services. Sources: kubernetes `pkg/controller/endpointslice`, `ShouldSetHostname`; the DNS
//! specification of Kubernetes; CoreDNS plugin kubernetes.

use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::service::ServiceKind;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub ok: bool,
    pub sentence: String,
}

fn good(sentence: String) -> Check {
    Check { ok: true, sentence }
}

fn bad(sentence: String) -> Check {
    Check { ok: false, sentence }
}

/// What is to be said about the governing Service, in the order in which things have to be right. Empty where Services may not
/// be read.
pub fn checks(facts: &Facts) -> Vec<Check> {
    let set = &facts.set;
    if !facts.readable.services {
        return Vec::new();
    }
    let first = set.pod_name(set.start);
    let Some(wanted) = set.service_name.as_deref().filter(|s| !s.is_empty()) else {
        let mut all = vec![bad(format!(
            "Names such as {first}.{} do not resolve: the set names no governing Service (spec.serviceName is empty).",
            facts.services.first().map_or(set.name.as_str(), |s| s.name.as_str())
        ))];
        all.extend(facts.services.iter().map(|s| {
            let kind = match s.kind {
                ServiceKind::Headless => "is headless",
                ServiceKind::ClusterIp => "has a cluster IP",
                ServiceKind::ExternalName => "is an ExternalName",
            };
            bad(format!(
                "Service {} selects the pods, but {kind} and does not govern the set; serviceName cannot be changed on a living set.",
                s.name
            ))
        }));
        return all;
    };
    let Some(service) = facts.services.iter().find(|s| s.name == wanted) else {
        return vec![bad(format!(
            "Names such as {first}.{wanted} do not resolve: there is no Service {wanted} in {}.",
            set.namespace
        ))];
    };
    let mut all = Vec::new();
    match service.kind {
        ServiceKind::Headless => {
            all.push(good(format!("The Service {wanted} exists and has no cluster IP.")));
        }
        ServiceKind::ClusterIp => all.push(bad(format!(
            "The Service {wanted} has a cluster IP: its own name gives that address, not the pods; per-pod names are promised for headless Services only."
        ))),
        ServiceKind::ExternalName => {
            return vec![bad(format!(
                "Names such as {first}.{wanted} do not resolve: the Service {wanted} is an ExternalName."
            ))];
        }
    }
    if service.selects(&set.template_labels) {
        all.push(good(format!("The selector of {wanted} matches the set's pods.")));
    } else {
        all.push(bad(format!(
            "Names such as {first}.{wanted} do not resolve: the selector of {wanted} does not match the pods' labels."
        )));
        return all;
    }
    if !service.publish_not_ready {
        all.push(good(
            "A pod's name resolves while the pod is Ready (publishNotReadyAddresses is off)."
                .to_owned(),
        ));
    }
    all
}

/// The DNS name of a pod, `None` where it cannot resolve.
pub fn pod_name(facts: &Facts, ordinal: u32) -> Option<String> {
    let set = &facts.set;
    let service = set.service_name.as_deref().filter(|s| !s.is_empty())?;
    let found = facts.services.iter().find(|s| s.name == service)?;
    let resolves = found.kind != ServiceKind::ExternalName && found.selects(&set.template_labels);
    resolves.then(|| format!("{}.{service}.{}.svc", set.pod_name(ordinal), set.namespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Service;
    use crate::testing::{Sts, sts};

    fn service(name: &str, kind: ServiceKind, app: &str) -> Service {
        Service {
            namespace: "shop".into(),
            name: name.into(),
            kind,
            selector: [("app".to_owned(), app.to_owned())].into(),
            publish_not_ready: false,
        }
    }

    fn with(set: Sts, s: Service) -> Facts {
        set.with(|f| f.services = vec![s]).facts()
    }

    #[test]
    fn a_headless_service_that_selects_the_pods_resolves() {
        let facts = with(sts("web"), service("web", ServiceKind::Headless, "web"));
        assert!(checks(&facts).iter().all(|c| c.ok));
        assert_eq!(pod_name(&facts, 1).as_deref(), Some("web-1.web.shop.svc"));
    }

    #[test]
    fn what_keeps_names_from_resolving_comes_first_and_says_why() {
        let cases = [
            (sts("web").facts(), "there is no Service web in shop"),
            (
                with(sts("web"), service("web", ServiceKind::Headless, "other")),
                "does not match the pods' labels",
            ),
            (with(sts("web"), service("web", ServiceKind::ExternalName, "web")), "ExternalName"),
            (
                with(
                    sts("time").with(|f| f.set.service_name = None),
                    service("time", ServiceKind::ClusterIp, "time"),
                ),
                "names no governing Service",
            ),
        ];
        for (facts, part) in cases {
            let all = checks(&facts);
            let bad = all.iter().find(|c| !c.ok).expect("a finding");
            assert!(bad.sentence.contains(part), "{}", bad.sentence);
            assert_eq!(pod_name(&facts, 0), None);
        }
    }
}
