//! What the person at the terminal sees of long work.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// A line about what is going on, on standard error, so that results on standard output stay clean.
pub(crate) fn say(text: &str) {
    eprintln!("{} {text}", paint("36", "  ·"));
}

/// An error, with its causes.
pub(crate) fn complain(text: &str) {
    eprintln!("{} {text}", paint("31;1", "error:"));
}

/// A headline.
pub(crate) fn headline(text: &str) {
    eprintln!("{}", paint("1", &format!("\n== {text} ==")));
}

/// Does the work under a name and says how long it took.
pub(crate) fn timed<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    say(name);
    let start = Instant::now();
    let result = work()?;
    say(&format!("{name}: done in {}", duration(start.elapsed())));
    Ok(result)
}

/// `1 min 5 s`, `3.2 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    let mut text = format!("{} min", seconds / 60);
    if !seconds.is_multiple_of(60) {
        write!(text, " {} s", seconds % 60).expect("writing to a String cannot fail");
    }
    text
}

/// Thousands apart: `358,400`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// In colour where somebody looks.
pub(crate) fn paint(code: &str, text: &str) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_numbers_read_well() {
        assert_eq!(duration(Duration::from_millis(3210)), "3.2 s");
        assert_eq!(duration(Duration::from_mins(1)), "1 min");
        assert_eq!(duration(Duration::from_secs(65)), "1 min 5 s");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_358_400), "1,358,400");
    }
}
