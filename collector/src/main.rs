//! The doorway of the collector.

use std::process::ExitCode;

fn main() -> ExitCode {
    collector::run()
}
