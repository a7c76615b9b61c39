//! How long to wait before the stream is opened again.

/// The first wait, at most, in ms.
const FIRST_MS: f64 = 600.0;
/// No wait is longer, in ms.
const LONGEST_MS: f64 = 15_000.0;

/// The wait before an attempt (0 is the first), in ms. `jitter` is random in `0..1`: a thousand tabs do not come back
/// in the same instant.
pub(super) fn wait_ms(attempt: u32, jitter: f64) -> f64 {
    let full = FIRST_MS * f64::from(2_u32.saturating_pow(attempt.min(16)));
    full.min(LONGEST_MS) * (0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_never_zero() {
        let waits: Vec<f64> = (0..40).map(|n| wait_ms(n, 0.5)).collect();
        assert!(waits.windows(2).all(|w| w[0] <= w[1]));
        assert!(waits[0] >= FIRST_MS / 2.0);
        assert!(waits.iter().all(|w| *w <= LONGEST_MS));
        assert!(waits[1] > waits[0]);
    }

    #[test]
    fn tabs_do_not_come_back_together() {
        assert!(wait_ms(5, 0.9) - wait_ms(5, 0.1) > 1_000.0);
    }
}
