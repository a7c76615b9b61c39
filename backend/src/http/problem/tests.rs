use super::*;
use model::set::SetKey;

fn answer(kind: ApiErrorKind) -> ApiError {
    ApiError { kind, code: 403, reason: "Why".into(), message: "it says no".into() }
}

fn alice() -> Caller {
    Caller::User { user: "alice".into(), groups: vec![] }
}

#[test]
fn each_answer_of_the_cluster_has_its_status_and_code() {
    let table = [
        (ApiErrorKind::Unreachable, 503, "cluster-unreachable"),
        (ApiErrorKind::Unauthorized, 502, "cluster-unauthorized"),
        (ApiErrorKind::Forbidden, 403, "refused-by-cluster"),
        (ApiErrorKind::NotFound, 404, "not-in-cluster"),
        (ApiErrorKind::Conflict, 409, "conflict"),
        (ApiErrorKind::Invalid, 422, "invalid-for-cluster"),
        (ApiErrorKind::DisruptionBudget, 429, "disruption-budget"),
        (ApiErrorKind::Other, 502, "cluster-error"),
    ];
    for (kind, status, code) in table {
        let problem = ApiProblem::of_cluster(&answer(kind), &alice());
        assert_eq!((problem.status.as_u16(), problem.code), (status, code));
        assert!(problem.detail.contains("it says no"), "{}", problem.detail);
        let title = title::title(code, problem.status);
        assert!(
            !problem.detail.starts_with(title),
            "the page shows both: {title}. {}",
            problem.detail
        );
    }
    let refused = ApiProblem::of_cluster(&answer(ApiErrorKind::Invalid), &alice());
    assert_eq!(refused.detail, "Its reason: it says no. Nothing was changed.");
}

#[test]
fn a_refusal_by_the_cluster_names_the_identity_it_refused() {
    let problem = ApiProblem::of_cluster(&answer(ApiErrorKind::Forbidden), &alice());
    assert!(problem.detail.contains("alice"), "{}", problem.detail);
    assert_eq!(problem.extra.unwrap()["actedAs"], "alice");
}

#[test]
fn an_api_server_that_did_not_answer_leaves_the_effect_unknown() {
    let problem = ApiProblem::of_cluster(&answer(ApiErrorKind::Unreachable), &alice());
    assert!(problem.detail.contains("unknown whether"), "{}", problem.detail);
}

#[test]
fn each_refusal_keeps_its_own_code() {
    let table = [
        (RefusalCode::Invalid, 400),
        (RefusalCode::NotFound, 404),
        (RefusalCode::NothingToDo, 409),
        (RefusalCode::WrongStrategy, 409),
        (RefusalCode::NotNow, 409),
        (RefusalCode::Unsupported, 409),
    ];
    for (code, status) in table {
        let problem = ApiProblem::from(Refusal { code, reason: "because".into() });
        assert_eq!((problem.status.as_u16(), problem.code), (status, code.as_str()));
        assert_eq!(problem.detail, "because");
    }
}

#[test]
fn what_else_keeps_an_action_from_happening_is_told_apart() {
    let conflict = ActError::Conflict { says: "changed".into(), uid: "u".into(), generation: 7 };
    let problem = ApiProblem::of_action(conflict, &alice());
    assert_eq!((problem.status.as_u16(), problem.code), (409, "conflict"));
    assert_eq!(problem.extra, Some(json!({ "uid": "u", "generation": 7 })));
    let table = [
        (ActError::NoSuchSet(SetKey::new("a", "b")), 404, "no-such-set"),
        (ActError::KeyReused, 422, "idempotency-key-reused"),
        (ActError::RefusedBefore("no".into()), 409, "refused-before"),
        (ActError::Journal("disk full".into()), 503, "journal"),
    ];
    for (error, status, code) in table {
        let problem = ApiProblem::of_action(error, &alice());
        assert_eq!((problem.status.as_u16(), problem.code), (status, code));
    }
}

#[test]
fn the_cause_of_an_internal_error_stays_in_the_log() {
    let problem = ApiProblem::from(anyhow::anyhow!("secret path"));
    assert_eq!((problem.status.as_u16(), problem.code), (500, "internal"));
    assert!(!problem.detail.contains("secret"));
}
