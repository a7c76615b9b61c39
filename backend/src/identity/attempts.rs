//! Limits on login attempts.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use jiff::Timestamp;

use crate::clock::Clock;
use crate::identity::policy;

/// How many login attempts are let through, right or wrong ones.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts at once from one address for one user.
    pub per_user: NonZeroU32,
    /// After those, one more each.
    pub user_every: Duration,
    /// Attempts at once from one address, whatever the user.
    pub per_address: NonZeroU32,
    /// After those, one more each.
    pub address_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_user: const { NonZeroU32::new(10).unwrap() },
            user_every: Duration::from_secs(10),
            per_address: const { NonZeroU32::new(60).unwrap() },
            address_every: Duration::from_secs(1),
        }
    }
}

/// Too many attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many attempts. Try again in {} s.", retry_after.as_secs())]
pub struct TooMany {
    /// Whole seconds, at least 1.
    pub retry_after: Duration,
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Forward, NoOpMiddleware<Duration>>;

/// Counts attempts.
pub(super) struct Attempts {
    by_user: Limiter<(IpAddr, String)>,
    by_address: Limiter<IpAddr>,
    clock: Forward,
}

impl Attempts {
    pub(super) fn new(limits: Limits, clock: &Clock) -> Self {
        let quota = |burst, every| {
            Quota::with_period(every).expect("limits have a period above zero").allow_burst(burst)
        };
        let clock = Forward::new(clock.clone());
        Self {
            by_user: RateLimiter::dashmap_with_clock(
                quota(limits.per_user, limits.user_every),
                clock.clone(),
            ),
            by_address: RateLimiter::dashmap_with_clock(
                quota(limits.per_address, limits.address_every),
                clock.clone(),
            ),
            clock,
        }
    }

    /// Counts an attempt to be this user; `None` counts for the address alone (the set-up link).
    pub(super) fn count(&self, address: IpAddr, user: Option<&str>) -> Result<(), TooMany> {
        let address = network(address);
        self.by_address.check_key(&address).map_err(|no| self.wait(&no))?;
        if let Some(user) = user {
            // What can be no name is one key, so that strangers cannot fill the memory with long ones.
            let user = if policy::name(user).is_ok() { user.to_owned() } else { String::new() };
            self.by_user.check_key(&(address, user)).map_err(|no| self.wait(&no))?;
        }
        Ok(())
    }

    /// Drops the keys whose limits are full again.
    pub(super) fn forget_old(&self) {
        self.by_user.retain_recent();
        self.by_address.retain_recent();
    }

    fn wait(&self, no: &governor::NotUntil<Duration>) -> TooMany {
        let wait = no.wait_time_from(self.clock.now());
        TooMany { retry_after: Duration::from_secs(wait.as_secs() + 1) }
    }
}

/// One subscriber of IPv6 usually has a /64 to choose addresses from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The given clock as time that has passed. A clock that is set back stands still for that moment, so that nobody waits the
/// hour by which it was wrong.
#[derive(Clone)]
struct Forward {
    clock: Clock,
    passed: std::sync::Arc<Mutex<(Timestamp, Duration)>>,
}

impl Forward {
    fn new(clock: Clock) -> Self {
        let passed = std::sync::Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        Self { clock, passed }
    }
}

impl GovernorClock for Forward {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let step = Duration::try_from(now.duration_since(passed.0)).unwrap_or(Duration::ZERO);
        *passed = (now, passed.1 + step);
        passed.1
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::identity::testing::SetClock;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 8));

    fn limits() -> Limits {
        Limits {
            per_user: NonZeroU32::new(3).unwrap(),
            user_every: Duration::from_secs(10),
            per_address: NonZeroU32::new(5).unwrap(),
            address_every: Duration::from_secs(1),
        }
    }

    #[test]
    fn one_user_from_one_address_is_limited_and_let_in_again_later() {
        let time = SetClock::default();
        let attempts = Attempts::new(limits(), &time.clock());
        for _ in 0..3 {
            assert_eq!(attempts.count(HERE, Some("alice")), Ok(()));
        }
        let TooMany { retry_after } = attempts.count(HERE, Some("alice")).unwrap_err();
        assert!((1..=11).contains(&retry_after.as_secs()), "{retry_after:?}");
        assert_eq!(attempts.count(HERE, Some("bob")), Ok(()), "another user");
        assert_eq!(attempts.count(THERE, Some("alice")), Ok(()), "another address");
        time.pass(11.seconds());
        assert_eq!(attempts.count(HERE, Some("alice")), Ok(()));
        assert!(attempts.count(HERE, Some("alice")).is_err());
    }

    #[test]
    fn one_address_is_limited_over_all_users_and_names_that_cannot_be() {
        let attempts = Attempts::new(limits(), &SetClock::default().clock());
        for user in ["a", "b", "c", "NO NAME", "ANOTHER"] {
            assert_eq!(attempts.count(HERE, Some(user)), Ok(()), "{user}");
        }
        assert!(attempts.count(HERE, Some("d")).is_err());
        assert!(attempts.count(HERE, None).is_err());
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_address() {
        let attempts = Attempts::new(limits(), &SetClock::default().clock());
        for last in 0..5 {
            let ip = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
            assert_eq!(attempts.count(ip, None), Ok(()));
        }
        let again = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 9, 9, 9, 9));
        assert!(attempts.count(again, None).is_err());
        let neighbour = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 1));
        assert_eq!(attempts.count(neighbour, None), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out() {
        let time = SetClock::default();
        let attempts = Attempts::new(limits(), &time.clock());
        for _ in 0..3 {
            attempts.count(HERE, Some("alice")).unwrap();
        }
        time.pass(-2.hours());
        assert!(attempts.count(HERE, Some("alice")).is_err());
        time.pass(11.seconds());
        assert_eq!(attempts.count(HERE, Some("alice")), Ok(()));
    }

    #[test]
    fn full_limits_are_forgotten() {
        let time = SetClock::default();
        let attempts = Attempts::new(limits(), &time.clock());
        attempts.count(HERE, Some("alice")).unwrap();
        attempts.forget_old();
        assert_eq!(attempts.by_user.len(), 1);
        time.pass(1.minutes());
        attempts.forget_old();
        assert!(attempts.by_user.is_empty() && attempts.by_address.is_empty());
    }
}
