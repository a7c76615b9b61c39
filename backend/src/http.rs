//! Routes, problem+json, CSRF, security headers, SSE, static files, OpenAPI. Must not know kube and sqlx.
