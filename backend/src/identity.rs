//! Who is it, and as whom do we act: local users, sessions, roles.
