//! The command `apprunner-analyzer`.

use std::process::ExitCode;

use analyzer::{
    cli::{self, Args},
    error::{Exit, harmless, tell},
};
use clap::Parser;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and the version are answers, not errors. A closed pipe has no reader to tell.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::NothingWrong
            };
            let _ = harmless(error).print();
            return ExitCode::from(exit as u8);
        }
    };
    let exit = match cli::run(args, &mut anstream::stdout().lock()) {
        Ok(exit) => exit,
        Err(error) => {
            eprint!("{}", tell(&error));
            error.exit()
        }
    };
    ExitCode::from(exit as u8)
}
