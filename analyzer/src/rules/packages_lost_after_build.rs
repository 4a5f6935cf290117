//! What the build installed is not there at run time: of a revised build only /app is kept.

use super::{About, Explains, Rule, ending, ending::Ending, fix};
use crate::{
    commands,
    evidence::{Case, LogText, Missing, Observed},
    finding::{Answer, Citation, Finding, Ground, Role, Severity, Step, Touches},
    message::Message,
    signature::{Family, Hit},
    words,
};

/// How many lines of the application are shown.
const SHOWN: usize = 6;

/// Parts of a command that put packages under /app, or install them where they are needed.
const KEPT: &[&str] = &[
    "t",
    "target",
    "prefix",
    "root",
    "venv",
    "virtualenv",
    "uv",
    "pdm",
    "pipenv",
];

pub(super) const RULE: Rule = Rule {
    id: "packages-lost-after-build",
    summary: "Packages that the build installed are not there when the application starts",
    severity: Severity::Critical,
    about: About::Deployment,
    docs: include_str!("packages_lost_after_build.md"),
    explains: Explains::Only(&[
        "application-crashed",
        "health-check-failed",
        "module-missing",
        "silent-rollback",
        "start-command-failed",
    ]),
    check,
};

fn check(case: Case<'_>) -> Result<Answer, Missing> {
    if case.code_source()?.is_none() {
        return Ok(Answer::NotApplicable(
            "the service deploys an image".to_owned(),
        ));
    }
    let hits: Vec<&Hit> = [Family::ModuleNotFound, Family::CommandNotFound]
        .into_iter()
        .map(|family| case.application(family))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .filter(|hit| hit.capture("what").is_some_and(is_package))
        .collect();
    let mut hits = hits;
    hits.sort_by_key(|hit| hit.first.record);
    let (hits, stopped) = match ending::judge(case, hits)? {
        Ending::Silent => {
            return Ok(Answer::cleared("the application misses no package"));
        }
        Ending::WentOn(line) => {
            return Ok(Answer::cleared_by_text(
                line,
                "the application listens, so what it missed was not needed",
            ));
        }
        Ending::Ended { hits, stopped } => (hits, stopped),
    };
    let hit = hits[0];
    let what = hit.capture("what").unwrap_or_default();
    let Some((built, ())) =
        case.platform(|message| matches!(message, Message::BuildSucceeded).then_some(()))?
    else {
        return Ok(Answer::cleared("the build did not come to its end"));
    };
    // One package that was found shows that they are there.
    let foreign = case.attempt.application.lines.iter().find(|line| {
        line.text.contains("/site-packages/") || line.text.contains("/dist-packages/")
    });
    if let Some(line) = foreign {
        return Ok(Answer::cleared_by_text(
            line,
            "other packages are there, so this one was not installed",
        ));
    }
    let Some(runtime) = runtime(case)? else {
        return Err(Missing::undecided(
            "source-files",
            "the runtime stands in apprunner.yaml, which is not in the bundle",
        ));
    };
    if !runtime.fact.is_revised() {
        return Ok(Answer::cleared_by_fact(
            &runtime,
            format!("{} is built in the image that runs", runtime.fact.name),
        ));
    }
    let build = commands::build(case)?;
    let installed = installed(case, what);
    if installed.is_none() && build.is_empty() {
        return Err(Missing::undecided(
            "source-files",
            "neither the commands of the build nor its output tell what was installed",
        ));
    }
    let install = build
        .iter()
        .find(|command| installs(&command.text, &runtime.fact));
    if installed.is_none() && install.is_none() {
        return Ok(Answer::cleared_by(
            built,
            "the build installs nothing outside of /app that would be lost",
        ));
    }
    if let Some(kept) = build.iter().find(|command| keeps(&command.text)) {
        return Ok(Answer::cleared_by(
            built,
            format!(
                "`{}` installs where it is kept",
                words::start_of(&kept.text, 120)
            ),
        ));
    }

    let mut finding = Finding::new(
        Role::Cause,
        format!("{what} was installed by the build, and of the build only /app is kept"),
        Citation::text(
            Ground::Application,
            &hit.first,
            format!("{what} is not there when the application starts"),
        ),
    )
    .citing(Citation::fact(
        Ground::Configuration,
        &runtime,
        format!(
            "{} has the revised build, which carries only /app to the image that runs",
            runtime.fact.name
        ),
    ))
    .citing_if(installed.map(|line| {
        Citation::text(
            Ground::Agreement,
            line,
            format!("the build installed {what}"),
        )
    }))
    .citing(Citation::line(
        Ground::Context,
        built,
        "the build went well",
    ))
    .citing_if(ending::citation(stopped))
    .showing(case.attempt.application.lines.last(SHOWN))
    .touching(Touches::Service)
    .confirmed_by("a deployment that installs under pre-run");
    let command = install.map_or("pip3 install -r requirements.txt", |it| it.text.as_str());
    finding.fix.push(Step::Text(format!(
        "Install again where the application runs, in apprunner.yaml:\nrun:\n  pre-run:\n    - \
         {command}"
    )));
    if runtime.fact.is_python() {
        finding.fix.push(Step::Text(
            "Or install into /app, with `pip3 install -r requirements.txt -t .` as build command, \
             and start modules instead of programs: `python3 -m gunicorn …`."
                .to_owned(),
        ));
    }
    finding.fix.extend(fix::redeploy(case));
    Ok(finding.into())
}

/// Whether a name may be that of a package: a path is a file of the user's own.
fn is_package(name: &str) -> bool {
    !name.starts_with(['.', '/']) && !name.contains('/') || name.starts_with('@')
}

struct Runtime {
    name: String,
}

impl Runtime {
    fn is_revised(&self) -> bool {
        self.is_python() || self.name.starts_with("nodejs18") || self.name.starts_with("nodejs22")
    }

    fn is_python(&self) -> bool {
        self.name.starts_with("python311")
    }
}

/// The managed runtime, in the spelling of the file.
fn runtime(case: Case<'_>) -> Result<Option<Observed<Runtime>>, Missing> {
    let Some(code) = case.code_source()? else {
        return Ok(None);
    };
    let plain = |name: &str| name.replace(['_', '"', '\''], "").to_ascii_lowercase();
    if !commands::in_file(code.fact) {
        let name = code
            .fact
            .configuration
            .as_ref()
            .and_then(|it| it.runtime.as_deref());
        return Ok(name.map(|name| Observed {
            fact: Runtime { name: plain(name) },
            record: code.record,
            time: code.time,
        }));
    }
    let files = &case.evidence.surroundings.source_files;
    let in_file = files
        .iter()
        .filter(|file| file.fact.path.ends_with("apprunner.yaml"))
        .find_map(|file| {
            let content = file.fact.content.as_deref()?;
            let name = content
                .lines()
                .find_map(|line| line.strip_prefix("runtime:"))?;
            Some(Observed {
                fact: Runtime {
                    name: plain(name.trim()),
                },
                record: file.record,
                time: file.time,
            })
        });
    // The build names the image that it begins with.
    let in_build = || {
        case.attempt.build.iter().find_map(|line| {
            let (_, rest) = line.text.split_once("awsfusionruntime-")?;
            let name = rest.split(['-', ':', ' ']).next()?;
            Some(Observed {
                fact: Runtime { name: plain(name) },
                record: line.record,
                time: Some(line.time),
            })
        })
    };
    Ok(in_file.or_else(in_build))
}

/// The line of the build that says that it installed a package of this name.
fn installed<'a>(case: Case<'a>, what: &str) -> Option<&'a LogText> {
    let plain = |name: &str| name.replace('_', "-").to_ascii_lowercase();
    let wanted = plain(what.split('.').next().unwrap_or(what));
    case.attempt.build.iter().find(|line| {
        line.text
            .split_once("Successfully installed ")
            .is_some_and(|(_, list)| {
                list.split_whitespace().any(|entry| {
                    let name = entry.rsplit_once('-').map_or(entry, |(name, _)| name);
                    plain(name) == wanted
                })
            })
    })
}

/// Whether a command installs outside of /app.
fn installs(command: &str, runtime: &Runtime) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    if runtime.is_python() {
        let pip = words.iter().any(|word| {
            matches!(
                word.rsplit('/').next(),
                Some("pip" | "pip3" | "pip3.11" | "poetry")
            )
        });
        return pip && words.contains(&"install");
    }
    words.contains(&"npm")
        && words
            .iter()
            .any(|word| matches!(word.trim_start_matches('-'), "g" | "global"))
}

fn keeps(command: &str) -> bool {
    command
        .split_whitespace()
        .any(|word| KEPT.contains(&word.trim_start_matches('-')) || word.contains("venv"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::Sample;

    const BUILT: (i64, &str) = (
        60,
        "[AppRunner] Successfully built your application source code.",
    );
    const STOPPED: (i64, &str) = (
        100,
        "[AppRunner] Your application stopped or failed to start. See logs for more information.  Container exit code: 1",
    );
    const MISSED: &[(i64, &str)] = &[
        (90, "Traceback (most recent call last):"),
        (90, "ModuleNotFoundError: No module named 'fastapi'"),
    ];

    fn python(build: &str) -> Sample {
        Sample::code()
            .configuration(|it| {
                it.runtime = Some("PYTHON_311".to_owned());
                it.build_command = Some(build.to_owned());
            })
            .deployment(&[BUILT])
            .events(&[STOPPED])
    }

    #[test]
    fn packages_of_pip_are_lost_with_the_build() {
        let finding = python("pip3 install -r requirements.txt")
            .application(MISSED)
            .found(&RULE);
        assert!(finding.summary.contains("fastapi"));
        let finding = python("pip3 install -r requirements.txt")
            .application(&[(90, "exec: \"uvicorn\": executable file not found in $PATH")])
            .found(&RULE);
        assert!(finding.summary.contains("uvicorn"));
    }

    #[test]
    fn what_is_kept_was_not_lost() {
        python("pip3 install -r requirements.txt -t .")
            .application(MISSED)
            .cleared(&RULE);
        python("python3 -m venv venv && venv/bin/pip install -r requirements.txt")
            .application(MISSED)
            .cleared(&RULE);
    }

    #[test]
    fn one_missing_package_among_others_was_not_installed() {
        python("pip3 install -r requirements.txt")
            .application(&[
                (
                    90,
                    "  File \"/usr/lib/python3.11/site-packages/flask/app.py\", line 3",
                ),
                (90, "ModuleNotFoundError: No module named 'redis'"),
            ])
            .cleared(&RULE);
    }

    #[test]
    fn an_original_build_loses_nothing_and_an_image_has_none() {
        python("pip3 install -r requirements.txt")
            .configuration(|it| it.runtime = Some("PYTHON_3".to_owned()))
            .application(MISSED)
            .cleared(&RULE);
        Sample::image().not_applicable(&RULE);
    }

    #[test]
    fn without_the_application_log_it_cannot_tell() {
        python("pip3 install -r requirements.txt")
            .denied("application-log", "logs:FilterLogEvents")
            .missing(&RULE);
    }
}
