//! Kubernetes quantities (`512Mi`, `1.5Gi`, `2k`), as far as storage needs them.
//! Source: apimachinery `pkg/api/resource/suffix.go`.

/// The value in whole units, rounded up; `None` if it is no quantity.
pub(crate) fn parse(text: &str) -> Option<u128> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let factor: u128 = match suffix {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "Pi" => 1 << 50,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "m" => return Some(decimal(number, 1)?.div_ceil(1000)),
        _ => return None,
    };
    decimal(number, factor)
}

/// `number` × `factor`, rounded up.
fn decimal(number: &str, factor: u128) -> Option<u128> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > 9 {
        return None;
    }
    let scale = 10_u128.checked_pow(u32::try_from(part.len()).ok()?)?;
    let digits: u128 = format!("{whole}{part}").parse().ok()?;
    Some(digits.checked_mul(factor)?.div_ceil(scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_and_fractions_are_read() {
        assert_eq!(parse("1Gi"), Some(1 << 30));
        assert_eq!(parse("1.5Gi"), Some(3 << 29));
        assert_eq!(parse("500M"), Some(500_000_000));
        assert_eq!(parse("1500m"), Some(2));
        assert_eq!(parse("12"), Some(12));
        for bad in ["", "Gi", "1Xi", "-1Gi", "1.Gi2"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
