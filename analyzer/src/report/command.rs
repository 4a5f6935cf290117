//! Which commands a report may offer to be run as they stand.

use crate::finding::Step;

/// The options that commands of ours have.
const OPTIONS: &[&str] = &[
    "--attribute",
    "--cidr",
    "--connection-name",
    "--desired-value",
    "--destination-cidr-block",
    "--entrypoint",
    "--filter",
    "--group-id",
    "--health-check-configuration",
    "--image-id",
    "--image-ids",
    "--instance-configuration",
    "--key-id",
    "--max-results",
    "--nat-gateway-id",
    "--network-configuration",
    "--no-trunc",
    "--output",
    "--platform",
    "--policy",
    "--policy-arn",
    "--policy-document",
    "--policy-name",
    "--policy-text",
    "--port",
    "--private-dns-enabled",
    "--protocol",
    "--provenance=false",
    "--push",
    "--query",
    "--quota-code",
    "--region",
    "--registry-id",
    "--repository-name",
    "--resource-policy",
    "--rm",
    "--role-name",
    "--route-table-id",
    "--route-table-ids",
    "--sbom=false",
    "--secret-id",
    "--secret-string",
    "--security-group-ids",
    "--security-groups",
    "--service",
    "--service-arn",
    "--service-code",
    "--service-name",
    "--source-configuration",
    "--source-dir",
    "--sources",
    "--subnet-ids",
    "--subnets",
    "--tag",
    "--target-storage-class",
    "--user-name",
    "--vpc-connector-arn",
    "--vpc-connector-name",
    "--vpc-endpoint-type",
    "--vpc-id",
];

/// The files that a step before the command tells to write.
const OUR_FILES: &[&str] = &["file://source.json", "file://value.txt"];

/// Longer words are nothing that somebody should run without having read them.
const WORD: usize = 8_192;

/// The step, or, in place of a command that would do something else than it seems to, what is the
/// matter with it.
///
/// Quotes keep a name from being read by the shell, but not by the program that gets it: a name
/// may look like an option, and the AWS command line reads a file where a value begins with
/// `file://`. No name that AWS accepts does either.
pub(super) fn checked(step: Step) -> Step {
    let Step::Command(words) = step else {
        return step;
    };
    match words.iter().find_map(|word| trouble(word)) {
        None => Step::Command(words),
        Some(what) => Step::Text(format!(
            "Here belongs a call of `{}`. It is not written out, because a name in it {what}.",
            // The names come after these.
            words[..words.len().min(2)].join(" ")
        )),
    }
}

fn trouble(word: &str) -> Option<&'static str> {
    let lower: String = word.chars().take(8).flat_map(char::to_lowercase).collect();
    let reads = ["file://", "fileb://", "http://", "https://"];
    if word.contains('\0') {
        Some("has a character that no program can be given")
    } else if word.chars().nth(WORD).is_some() {
        Some("is too long")
    } else if word.starts_with('-') && !OPTIONS.contains(&word) {
        Some("would be taken for an option")
    } else if !OUR_FILES.contains(&word) && reads.iter().any(|it| lower.starts_with(it)) {
        Some("would make the program read a file or an address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use regex::Regex;

    use super::*;

    #[test]
    fn a_name_that_would_be_an_option_or_a_file_is_not_offered() {
        for hostile in [
            "-v",
            "--debug",
            "--endpoint-url=http://evil.example",
            "file:///etc/passwd",
            "FILE:///etc/passwd",
            "fileb://x",
            "https://evil.example",
            "a\0b",
            &"x".repeat(10_000),
        ] {
            let step = Step::command(&["aws", "ecr", "describe-images", hostile]);
            assert!(matches!(checked(step), Step::Text(_)), "{hostile}");
        }
        for harmless in [
            "web",
            "$(reboot)",
            "arn:aws:x",
            OUR_FILES[0],
            "--region",
            "",
        ] {
            let step = Step::command(&["aws", "ecr", harmless]);
            assert_eq!(checked(step.clone()), step);
        }
    }

    #[test]
    fn every_option_of_the_rules_is_known() {
        let option = Regex::new(r#""(--[a-z][a-z=-]*)""#).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let files = [folder.join("fix"), folder].into_iter().flat_map(|folder| {
            let files = fs::read_dir(folder).unwrap();
            files.map(|file| file.unwrap().path())
        });
        let mut met = 0;
        for file in files.filter(|file| file.is_file()) {
            let text = fs::read_to_string(file).unwrap();
            for found in option.captures_iter(&text) {
                assert!(OPTIONS.contains(&&found[1]), "{}", &found[1]);
                met += 1;
            }
        }
        assert!(met >= OPTIONS.len());
    }
}
