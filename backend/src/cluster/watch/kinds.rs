//! The watched kinds and how their objects become facts.

use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, Service};

use super::super::convert;
use super::task::Watched;
use crate::live::{Kind, Object};

pub(super) enum Sets {}
pub(super) enum Pods {}
pub(super) enum Claims {}
pub(super) enum Revisions {}
pub(super) enum Services {}

impl Watched for Sets {
    type Object = StatefulSet;
    const KIND: Kind = Kind::Sets;

    fn fact(object: &StatefulSet) -> Option<Object> {
        Some(Object::Set(Box::new(convert::set(object))))
    }
}

impl Watched for Pods {
    type Object = Pod;
    const KIND: Kind = Kind::Pods;

    fn fact(object: &Pod) -> Option<Object> {
        convert::pod(object).map(|pod| Object::Pod(Box::new(pod)))
    }
}

impl Watched for Claims {
    type Object = PersistentVolumeClaim;
    const KIND: Kind = Kind::Claims;

    fn fact(object: &PersistentVolumeClaim) -> Option<Object> {
        Some(Object::Claim(Box::new(convert::claim(object))))
    }
}

impl Watched for Revisions {
    type Object = ControllerRevision;
    const KIND: Kind = Kind::Revisions;

    fn fact(object: &ControllerRevision) -> Option<Object> {
        convert::revision(object).map(|revision| Object::Revision(Box::new(revision)))
    }

    fn template(object: &ControllerRevision) -> Option<String> {
        Some(convert::template(object))
    }
}

impl Watched for Services {
    type Object = Service;
    const KIND: Kind = Kind::Services;

    fn fact(object: &Service) -> Option<Object> {
        Some(Object::Service(Box::new(convert::service(object))))
    }
}
