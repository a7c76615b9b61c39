//! A password from standard input, not shown where somebody types it.

use std::io::{self, BufRead, IsTerminal as _, Write as _};
use std::os::fd::AsFd;

use anyhow::Context as _;
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// Reads the first line of standard input. At a terminal it asks for it, and what is typed is not shown.
pub(super) fn read(user: &str) -> anyhow::Result<String> {
    let input = io::stdin();
    if !input.is_terminal() {
        return line(input.lock());
    }
    eprint!("Password for {user} (it is not shown): ");
    io::stderr().flush()?;
    let quiet = Quiet::begin(&input)
        .context("this terminal cannot be kept from showing a password; pipe it in")?;
    let password = line(input.lock());
    drop(quiet);
    eprintln!();
    password
}

fn line(mut input: impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    let read = input.read_line(&mut line);
    anyhow::ensure!(
        read.context("no password could be read from standard input")? > 0,
        "no password came on standard input"
    );
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A terminal that does not echo, until this goes.
struct Quiet<'a, T: AsFd> {
    terminal: &'a T,
    before: Termios,
}

impl<'a, T: AsFd> Quiet<'a, T> {
    fn begin(terminal: &'a T) -> nix::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        // What was typed ahead, and shown, is not the password.
        tcsetattr(terminal, SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl<T: AsFd> Drop for Quiet<'_, T> {
    fn drop(&mut self) {
        // The terminal is gone if this fails.
        let _ = tcsetattr(self.terminal, SetArg::TCSANOW, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use nix::pty::openpty;

    use super::*;

    #[test]
    fn a_terminal_does_not_show_what_is_typed_until_the_password_was_read() {
        let pty = openpty(None, None).unwrap();
        let echoes = || tcgetattr(&pty.slave).unwrap().local_flags.contains(LocalFlags::ECHO);
        assert!(echoes());
        let quiet = Quiet::begin(&pty.slave).unwrap();
        assert!(!echoes());
        drop(quiet);
        assert!(echoes());
    }

    #[test]
    fn the_first_line_is_the_password_and_an_empty_input_is_none() {
        assert_eq!(line("correct horse\r\nbattery\n".as_bytes()).unwrap(), "correct horse");
        assert_eq!(line("no end".as_bytes()).unwrap(), "no end");
        assert_eq!(line("\n".as_bytes()).unwrap(), "", "refused as too short later");
        line("".as_bytes()).unwrap_err();
    }
}
