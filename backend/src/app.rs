//! Puts it together; the only place that names everything.

/// The command line.
///
/// # Errors
/// Whatever keeps the chosen command from doing its work.
pub fn main() -> anyhow::Result<()> {
    Ok(())
}
