//! Commands that the configuration permits: `NAME=["program","argument"]`.

use std::collections::BTreeSet;

use model::wire::CommandView;

/// Longest name.
const NAME: usize = 63;
/// Most words of a command, and most bytes of one: what an API server's URL can carry.
const WORDS: usize = 64;
const WORD: usize = 4_096;

/// One command, as it is said on the command line.
pub(super) fn parse(text: &str) -> Result<CommandView, String> {
    let (name, argv) = text
        .split_once('=')
        .ok_or_else(|| "it is NAME=ARGV, such as visits=[\"cat\",\"/data/visits\"]".to_owned())?;
    let (name, argv) = (name.trim(), argv.trim());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME || !name.chars().all(plain) {
        return Err(format!(
            "{name:?} is no name: letters, digits, '-', '_' and '.', {NAME} at most"
        ));
    }
    let argv: Vec<String> = serde_json::from_str(argv)
        .map_err(|e| format!("the command has to be a JSON list of strings: {e}"))?;
    if argv.first().is_none_or(String::is_empty) {
        return Err("the command names no program".to_owned());
    }
    if argv.len() > WORDS || argv.iter().any(|w| w.len() > WORD) {
        return Err(format!("a command has {WORDS} words at most, of {WORD} bytes each"));
    }
    Ok(CommandView { name: name.to_owned(), argv })
}

/// The commands, if no two have the same name.
///
/// # Errors
/// With the name that comes twice.
pub(super) fn distinct(commands: &[CommandView]) -> anyhow::Result<Vec<CommandView>> {
    let mut names = BTreeSet::new();
    let twice = commands.iter().find(|c| !names.insert(c.name.as_str()));
    if let Some(twice) = twice {
        anyhow::bail!("the command {} is configured twice", twice.name);
    }
    Ok(commands.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_name_and_a_list_of_words() {
        let visits = parse(r#"visits=["cat", "/data/a=b"]"#).unwrap();
        assert_eq!(
            (visits.name.as_str(), visits.argv.join(" ")),
            ("visits", "cat /data/a=b".into())
        );
        let shell = parse(r#" sum = ["sh","-c","ls -l | wc -l\n"] "#).unwrap();
        assert_eq!((shell.name.as_str(), shell.argv.len()), ("sum", 3));
        for (bad, says) in [
            ("visits", "NAME=ARGV"),
            ("=[\"cat\"]", "is no name"),
            ("a b=[\"cat\"]", "is no name"),
            ("visits=cat /data/visits", "a JSON list of strings"),
            ("visits=[\"cat\", 1]", "a JSON list of strings"),
            ("visits=[]", "names no program"),
            ("visits=[\"\"]", "names no program"),
        ] {
            let refused = parse(bad).unwrap_err();
            assert!(refused.contains(says), "{bad}: {refused}");
        }
        let long = format!("x={}", serde_json::to_string(&vec!["a"; 65]).unwrap());
        assert!(parse(&long).unwrap_err().contains("64 words"));
    }

    #[test]
    fn a_name_stands_for_one_command() {
        let commands = ["a=[\"x\"]", "b=[\"x\"]", "a=[\"y\"]"].map(|t| parse(t).unwrap());
        assert_eq!(distinct(&commands[..2]).unwrap().len(), 2);
        assert!(distinct(&commands).unwrap_err().to_string().contains("a is configured twice"));
    }
}
