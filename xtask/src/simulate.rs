//! Serves an account for people.

use std::thread;

use samples::{Account, Endpoint};

use crate::Result;

pub(crate) fn run(account: &str, port: u16) -> Result {
    let endpoint = Endpoint::start(Account::load(account)?, port)?;
    let service = endpoint.account().service();
    eprintln!(
        "serving {account} on {} until interrupted; in another terminal:",
        endpoint.url()
    );
    println!("export AWS_ENDPOINT_URL={}", endpoint.url());
    println!("export AWS_REGION={}", endpoint.account().region);
    println!("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=simulated");
    println!("apprunner-collector collect --service {}", service.name);
    loop {
        thread::park();
    }
}
