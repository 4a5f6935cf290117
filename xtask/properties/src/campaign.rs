//! One target over its corpus and over mutations of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    Target,
    mutate::{Numbers, mutant},
};

/// No input may take longer. The slowest ones take a hundredth of it, but machines stall.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is run.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The target.
    pub target: Target,
    /// What is run as it is, and mutated.
    pub corpus: Vec<Vec<u8>>,
    /// How many mutations.
    pub runs: u64,
    /// The same seed gives the same mutations.
    pub seed: u64,
}

/// What a run without a failure took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many inputs.
    pub inputs: u64,
    /// The size of the largest.
    pub largest: usize,
    /// The time of the slowest.
    pub slowest: Duration,
    /// The time of all.
    pub total: Duration,
}

/// An input for which something does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The input.
    pub input: Vec<u8>,
    /// What happened.
    pub trouble: Trouble,
}

/// What an input did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It made the target panic; the message is on standard error.
    Panicked,
    /// It was not done after this time.
    Hung(Duration),
}

/// The input that is being looked at, and since when.
type Current = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

impl Campaign {
    /// Runs until the end or the first failure.
    ///
    /// # Errors
    ///
    /// The first input for which something does not hold.
    pub fn run(&self) -> Result<Figures, Failure> {
        self.run_within(PATIENCE)
    }

    fn run_within(&self, patience: Duration) -> Result<Figures, Failure> {
        let current = Current::default();
        let (sender, done) = channel();
        // A thread of its own, which is left behind if it does not come to an end.
        let (campaign, seen) = (self.clone(), Arc::clone(&current));
        thread::spawn(move || {
            // Nobody waits any more after a time-out.
            let _ = sender.send(campaign.all(&seen));
        });
        wait(&done, &current, patience)
    }

    fn all(&self, current: &Current) -> Result<Figures, Failure> {
        let begun = Instant::now();
        let mut figures = Figures::default();
        for input in &self.corpus {
            self.one(input, &mut figures, current)?;
        }
        let mut numbers = Numbers::new(self.seed);
        for _ in 0..self.runs {
            let input = mutant(&mut numbers, &self.corpus, self.target.words);
            self.one(&input, &mut figures, current)?;
        }
        figures.total = begun.elapsed();
        Ok(figures)
    }

    fn one(&self, input: &[u8], figures: &mut Figures, current: &Current) -> Result<(), Failure> {
        let begun = Instant::now();
        set(current, Some((begun, input.to_vec())));
        let held = catch_unwind(AssertUnwindSafe(|| (self.target.check)(input)));
        set(current, None);
        figures.inputs += 1;
        figures.largest = figures.largest.max(input.len());
        figures.slowest = figures.slowest.max(begun.elapsed());
        held.map_err(|_| Failure {
            input: input.to_vec(),
            trouble: Trouble::Panicked,
        })
    }
}

fn wait(
    done: &Receiver<Result<Figures, Failure>>,
    current: &Current,
    patience: Duration,
) -> Result<Figures, Failure> {
    loop {
        match done.recv_timeout(patience / 20) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                unreachable!("every panic of a target is caught")
            }
        }
        let current = current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((begun, input)) = current.as_ref()
            && begun.elapsed() > patience
        {
            return Err(Failure {
                input: input.clone(),
                trouble: Trouble::Hung(patience),
            });
        }
    }
}

fn set(current: &Current, to: Option<(Instant, Vec<u8>)>) {
    *current.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign(check: fn(&[u8])) -> Campaign {
        Campaign {
            target: Target {
                name: "test",
                check,
                words: &["bad"],
                moderate: 0,
            },
            corpus: vec![b"good".to_vec(), b"better".to_vec()],
            runs: 500,
            seed: 1,
        }
    }

    #[test]
    fn what_does_not_hold_is_found_with_its_input() {
        let whole = campaign(|_| {}).run().expect("nothing is wrong");
        assert_eq!(whole.inputs, 502);

        let check = |input: &[u8]| assert!(!input.windows(3).any(|it| it == b"bad"));
        let failure = campaign(check).run().expect_err("a mutation has it");
        assert_eq!(failure.trouble, Trouble::Panicked);
        assert!(String::from_utf8_lossy(&failure.input).contains("bad"));
    }

    #[test]
    fn an_input_without_an_end_is_left_behind() {
        let check = |input: &[u8]| {
            if input == b"better" {
                thread::sleep(Duration::from_secs(600));
            }
        };
        let patience = Duration::from_millis(100);
        let failure = campaign(check).run_within(patience).expect_err("it hangs");
        assert_eq!(failure.input, b"better");
        assert_eq!(failure.trouble, Trouble::Hung(patience));
    }
}
