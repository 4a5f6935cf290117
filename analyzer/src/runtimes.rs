//! The managed runtimes of App Runner, as documented in 2026.

/// A managed runtime.
pub(crate) struct Runtime {
    /// Its name in the API.
    pub(crate) api: &'static str,
    /// Its name in `apprunner.yaml`.
    pub(crate) file: &'static str,
    /// The language.
    language: &'static str,
    /// When its support ended. Existing services run on; new ones cannot be created with it.
    pub(crate) ended: Option<&'static str>,
    /// Whether it is built in stages, of which only `/app` is carried to the last.
    pub(crate) revised: bool,
}

const fn runtime(
    api: &'static str,
    file: &'static str,
    language: &'static str,
    ended: Option<&'static str>,
    revised: bool,
) -> Runtime {
    Runtime {
        api,
        file,
        language,
        ended,
        revised,
    }
}

/// Every managed runtime, of a language the newest last.
const ALL: &[Runtime] = &[
    runtime("PYTHON_3", "python3", "python", Some("2025-12-01"), false),
    runtime("PYTHON_311", "python311", "python", None, true),
    runtime("NODEJS_12", "nodejs12", "node", Some("2025-12-01"), false),
    runtime("NODEJS_14", "nodejs14", "node", Some("2025-12-01"), false),
    runtime("NODEJS_16", "nodejs16", "node", Some("2025-12-01"), false),
    runtime("NODEJS_18", "nodejs18", "node", Some("2025-12-01"), true),
    runtime("NODEJS_22", "nodejs22", "node", None, true),
    runtime("CORRETTO_8", "corretto8", "java", None, false),
    runtime("CORRETTO_11", "corretto11", "java", None, false),
    runtime("DOTNET_6", "dotnet6", "dotnet", Some("2025-12-01"), false),
    runtime("GO_1", "go1", "go", Some("2025-12-01"), false),
    runtime("PHP_81", "php81", "php", Some("2025-12-31"), false),
    runtime("RUBY_31", "ruby31", "ruby", Some("2025-12-01"), false),
];

/// The runtime of this name, in either spelling.
pub(crate) fn find(name: &str) -> Option<&'static Runtime> {
    ALL.iter().find(|it| it.api == name || it.file == name)
}

/// The names of those that are supported.
pub(crate) fn supported(in_file: bool) -> Vec<&'static str> {
    ALL.iter()
        .filter(|it| it.ended.is_none())
        .map(|it| if in_file { it.file } else { it.api })
        .collect()
}

/// What to write in place of a runtime that was refused.
pub(crate) fn advice(name: &str, version: Option<&str>, in_file: bool) -> String {
    let spelt = |it: &Runtime| if in_file { it.file } else { it.api };
    let bare: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let exact = ALL.iter().find(|it| it.file == bare);
    let language = match exact {
        Some(known) => Some(known.language),
        None => language_of(&bare),
    };
    let newest = ALL
        .iter()
        .rev()
        .find(|it| Some(it.language) == language && it.ended.is_none());
    match (exact, newest) {
        // `python3.11` for `python311`.
        (Some(known), _) if known.ended.is_none() && spelt(known) != name => {
            format!("App Runner calls it {}, not {name}.", spelt(known))
        }
        (Some(known), Some(newest)) if known.ended.is_some() => format!(
            "Support for {name} ended on {}, and new services cannot be created with it; {} takes \
             its place{}.",
            known.ended.unwrap_or_default(),
            spelt(newest),
            match version {
                Some(_) => ", with a version of its own or none",
                None => "",
            }
        ),
        (Some(known), None) => format!(
            "Support for {name} ended on {}, and App Runner has no other runtime of that language: \
             deploy an image.",
            known.ended.unwrap_or_default()
        ),
        (Some(_), Some(_)) => match version {
            Some(version) => format!(
                "{name} is supported, so {version} is no version of it that App Runner has \
                 released; leave runtime-version out, or take one from the release information."
            ),
            None => format!("{name} is supported; see whether it is in this Region."),
        },
        (None, Some(newest)) => format!(
            "App Runner has no runtime {name}; of that language it supports {}.",
            spelt(newest)
        ),
        (None, None) => format!("App Runner has no runtime {name}: deploy an image."),
    }
}

fn language_of(bare: &str) -> Option<&'static str> {
    let begins = [
        ("python", "python"),
        ("node", "node"),
        ("corretto", "java"),
        ("java", "java"),
        ("dotnet", "dotnet"),
        ("go", "go"),
        ("php", "php"),
        ("ruby", "ruby"),
    ];
    begins
        .iter()
        .find(|(begin, _)| bare.starts_with(begin))
        .map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_that_would_do_is_told() {
        for (name, version, wanted) in [
            ("python3.11", None, "calls it python311"),
            ("python3", Some("3.11"), "python311 takes its place"),
            ("nodejs18", Some("18"), "nodejs22 takes its place"),
            ("nodejs20", None, "supports nodejs22"),
            ("nodejs22", Some("22"), "22 is no version"),
            ("ruby31", None, "deploy an image"),
            ("rust1", None, "deploy an image"),
        ] {
            let advice = advice(name, version, true);
            assert!(advice.contains(wanted), "{name}: {advice}");
        }
    }

    #[test]
    fn both_spellings_are_found() {
        assert_eq!(find("PYTHON_311").map(|it| it.file), Some("python311"));
        assert_eq!(find("python311").map(|it| it.api), Some("PYTHON_311"));
        assert!(find("python").is_none());
    }
}
