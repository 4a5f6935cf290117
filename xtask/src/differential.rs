//! The evaluator of IAM before another implementation, on random cases.

use std::{
    fs,
    io::{BufRead, BufReader, BufWriter, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::sync_channel,
    thread,
    time::Instant,
};

use properties::iam::{
    Case, Disagreement, Generator, Stored, Verdict, disagreements, pack, shrink, stored_path,
    to_store,
};
use serde_json::Value;

use crate::{Mode, Result, programs, workspace};

/// What is compared.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// The same seed gives the same cases.
    pub(crate) seed: u64,
    /// How many.
    pub(crate) cases: usize,
    /// Whether it is an error that the other implementation cannot be run here.
    pub(crate) required: bool,
    /// Whether cases with their answers are stored for the tests, and nothing compared.
    pub(crate) store: bool,
}

/// Compares all answers.
pub(crate) fn run(plan: Plan) -> Result {
    let Some(folder) = installed(plan.required)? else {
        return Ok(());
    };
    let known = disagreements()?;
    let mut oracle = Oracle::start(&folder)?;
    for entry in &known {
        still_as_listed(entry, &mut oracle)?;
    }
    eprintln!("{} known disagreements are as they are listed", known.len());

    if plan.store {
        return store(&mut oracle);
    }
    let begun = Instant::now();
    let figures = compare(plan, &folder, &mut oracle)?;
    let share = |part: usize| 100.0 * part as f64 / plan.cases.max(1) as f64;
    let [allowed, explicit, implicit] = figures;
    eprintln!(
        "seed {}: {} cases, {allowed} allowed ({:.1} %), {explicit} explicitly denied ({:.1} %), \
         {implicit} implicitly denied ({:.1} %), 0 disagreements, {:.1} s",
        plan.seed,
        plan.cases,
        share(allowed),
        share(explicit),
        share(implicit),
        begun.elapsed().as_secs_f64(),
    );
    Ok(())
}

fn store(oracle: &mut Oracle) -> Result {
    let mut cases = Vec::new();
    for case in to_store() {
        let answer = oracle.ask(&case)?.map_err(|error| {
            format!("the other implementation has no answer: {error}, for {case:?}")
        })?;
        cases.push(Stored { answer, case });
    }
    let bytes = pack(&cases)?;
    let mut stale = Vec::new();
    workspace::settle(&mut stale, &stored_path(), &bytes, Mode::Write)?;
    eprintln!("{} cases in {} bytes", cases.len(), bytes.len());
    Ok(())
}

/// Answers all cases twice and gives the figures, or the first disagreement.
fn compare(plan: Plan, folder: &Path, alone: &mut Oracle) -> Result<[usize; 3]> {
    let (mut questions, mut answers) = Oracle::start(folder)?.split();
    // So many cases are under way at most.
    let (sender, asked) = sync_channel(1_000);
    let writer = thread::spawn(move || -> std::io::Result<()> {
        for case in Generator::new(plan.seed).take(plan.cases) {
            writeln!(questions, "{}", case.simulation())?;
            if sender.send(case).is_err() {
                break;
            }
        }
        questions.flush()
    });
    let mut figures = [0; 3];
    for case in asked {
        let theirs = answers.next()?;
        let ours = case.verdict();
        if theirs.as_ref() != Ok(&ours) {
            return Err(told(&case, alone).into());
        }
        match ours {
            Verdict::Allowed => figures[0] += 1,
            Verdict::ExplicitlyDenied => figures[1] += 1,
            Verdict::ImplicitlyDenied | Verdict::Unknown => figures[2] += 1,
        }
    }
    writer
        .join()
        .map_err(|_| "the cases could not be made")?
        .map_err(|error| format!("failed to write to the other implementation: {error}"))?;
    Ok(figures)
}

/// A disagreement without what it does not need.
fn told(case: &Case, oracle: &mut Oracle) -> String {
    let verdicts = |case: &Case, oracle: &mut Oracle| {
        let theirs = oracle
            .ask(case)
            .unwrap_or_else(|error| Err(error.to_string()));
        (case.verdict(), theirs)
    };
    let before = verdicts(case, oracle);
    // What is no case for one of them must not become the reason.
    let understood = case.is_understood();
    let same = |case: &Case| {
        case.is_understood() == understood
            && match (&before, &verdicts(case, oracle)) {
                ((ours, Ok(theirs)), (now, Ok(other))) => (ours, theirs) == (now, other),
                ((ours, Err(_)), (now, Err(_))) => ours == now,
                _ => false,
            }
    };
    let small = shrink(case, same);
    let (ours, theirs) = verdicts(&small, oracle);
    let theirs = match theirs {
        Ok(verdict) => format!("{verdict:?}"),
        Err(error) => format!("an error, {error}"),
    };
    let shown = serde_json::to_string_pretty(&small).unwrap_or_default();
    format!("we say {ours:?} and the other implementation {theirs} for\n{shown}")
}

fn still_as_listed(entry: &Disagreement, oracle: &mut Oracle) -> Result {
    let ours = entry.case.verdict();
    if ours != entry.ours {
        return Err(format!(
            "\"{}\" is listed with our answer {:?}, but we say {ours:?}",
            entry.title, entry.ours
        )
        .into());
    }
    match oracle.ask(&entry.case)? {
        Ok(theirs) if theirs == entry.theirs => Ok(()),
        theirs => Err(format!(
            "\"{}\" is listed with the answer {:?} of the other implementation, which is {theirs:?} now",
            entry.title, entry.theirs
        )
        .into()),
    }
}

/// The folder with the other implementation; nothing where it cannot be had and need not be.
fn installed(required: bool) -> Result<Option<PathBuf>> {
    let has = |program: &str| {
        let version = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    if !has("node") || !has("npm") {
        if required {
            return Err("node and npm are needed, and not here".into());
        }
        eprintln!(
            "NOTICE: nothing was compared, for node and npm are not here; with --required this is an error"
        );
        return Ok(None);
    }
    let source = workspace::root().join("samples/conformance/iam");
    let folder = workspace::root().join("target/iam");
    let lock = "package-lock.json";
    let is_same = fs::read(source.join(lock))? == fs::read(folder.join(lock)).unwrap_or_default();
    fs::create_dir_all(&folder)?;
    for name in ["oracle.mjs", "package.json"] {
        fs::copy(source.join(name), folder.join(name))?;
    }
    if !is_same || !folder.join("node_modules").exists() {
        // The lock is copied last and says that all of it is there.
        let _ = fs::remove_file(folder.join(lock));
        let fresh = folder.join("fresh");
        let _ = fs::remove_dir_all(&fresh);
        fs::create_dir_all(&fresh)?;
        for name in ["package.json", lock] {
            fs::copy(source.join(name), fresh.join(name))?;
        }
        programs::run(
            Command::new("npm")
                .args(["ci", "--silent", "--no-audit", "--no-fund"])
                .current_dir(&fresh),
        )?;
        let _ = fs::remove_dir_all(folder.join("node_modules"));
        fs::rename(fresh.join("node_modules"), folder.join("node_modules"))?;
        fs::copy(source.join(lock), folder.join(lock))?;
        fs::remove_dir_all(&fresh)?;
    }
    Ok(Some(folder))
}

/// The other implementation, as a program that runs.
struct Oracle {
    questions: Questions,
    answers: Answers,
}

type Questions = BufWriter<ChildStdin>;

struct Answers {
    lines: Lines<BufReader<ChildStdout>>,
    child: Child,
}

impl Oracle {
    fn start(folder: &Path) -> Result<Self> {
        let mut child = Command::new("node")
            .arg("oracle.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("failed to run node: {error}"))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("node has no input or no output".into());
        };
        Ok(Self {
            questions: BufWriter::new(questions),
            answers: Answers {
                lines: BufReader::new(answers).lines(),
                child,
            },
        })
    }

    fn split(self) -> (Questions, Answers) {
        (self.questions, self.answers)
    }

    /// One answer, or why there is none.
    fn ask(&mut self, case: &Case) -> Result<std::result::Result<Verdict, String>> {
        writeln!(self.questions, "{}", case.simulation())?;
        self.questions.flush()?;
        self.answers.next()
    }
}

impl Answers {
    fn next(&mut self) -> Result<std::result::Result<Verdict, String>> {
        let line = self
            .lines
            .next()
            .ok_or("the other implementation ended early")??;
        let answer: Value = serde_json::from_str(&line)?;
        if let Some(error) = answer["error"].as_str() {
            return Ok(Err(error.to_owned()));
        }
        if answer["ignored"].as_array().is_none_or(|it| !it.is_empty()) {
            let keys = &answer["ignored"];
            return Ok(Err(format!(
                "it takes these keys for none of the action: {keys}"
            )));
        }
        Ok(serde_json::from_value(answer["verdict"].clone()).map_err(|error| error.to_string()))
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        // It has nothing that it could lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
