//! Serves an account until it is interrupted: `cargo run -p samples --example serve -- healthy 8089`.
//! With `--operations` it prints what an endpoint serves, a service and an operation a line.

use std::{env, error::Error, thread};

use samples::{Account, Endpoint};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let account = arguments.next().ok_or("which account?")?;
    if account == "--operations" {
        for (service, operation) in Endpoint::OPERATIONS {
            println!("{service} {operation}");
        }
        return Ok(());
    }
    let port = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let endpoint = Endpoint::start(Account::load(account)?, port)?;
    println!("{}", endpoint.url());
    loop {
        thread::park();
    }
}
