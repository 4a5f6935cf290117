//! How much memory and time both programs take for a very large bundle.

use std::{fs, path::Path};

use samples::{Account, Endpoint};

use crate::{
    Result, measure,
    programs::{self, Build, Programs},
    workspace,
};

/// A failed deployment that logs without end.
const ACCOUNT: &str = r#"
what = "A deployment fails while its application writes very many lines."
expect = []

[[operation]]
type = "START_DEPLOYMENT"
status = "ROLLBACK_SUCCEEDED"
start = "-2h"
minutes = 30
by = "arn:aws:sts::111122223333:assumed-role/Deployer/ci"
events = """
0:00 [AppRunner] Service status is set to OPERATION_IN_PROGRESS.
0:00 [AppRunner] Deployment with ID : {id} started. Triggering event : SERVICE_DEPLOY
0:07 [AppRunner] Pulling image {repository} from ECR repository.
0:50 [AppRunner] Successfully copied the image from ECR.
1:00 [AppRunner] Provisioning instances and deploying image for publicly accessible service.
1:10 [AppRunner] Performing health check on protocol `TCP` [Port: '{port}'].
29:14 [AppRunner] Health check failed on protocol `TCP` [Port: '{port}']. Check your configured port number. For more information, see the application logs.
29:20 [AppRunner] Deployment with ID : {id} failed. Failure reason : Health check failed.
29:30 [AppRunner] Service status is set to RUNNING.
"""
deployment = """
0:06 [AppRunner] Starting to pull your application image.
0:50 [AppRunner] Successfully pulled your application image from ECR.
29:16 [AppRunner] Failed to deploy your application image.
"""

[[bulk]]
stream = "application"
from = "-119m"
minutes = 28
"#;

pub(crate) fn run(lines: u64, output: Option<&Path>) -> Result {
    let programs = Programs::build(Build::Release)?;
    let scratch = workspace::scratch()?;
    let account = scratch.path().join("load.toml");
    fs::write(&account, format!("{ACCOUNT}lines = {lines}\n"))?;
    let endpoint = Endpoint::start(Account::load(&account)?, 0)?;

    let inside = scratch.path().join("load.evidence.json.zst");
    let bundle = output.unwrap_or(&inside);
    let mut collect = programs::collect(&programs, &endpoint, bundle);
    let collected = measure::run(collect.args(["--force", "--deadline", "60m"]))?;
    println!("collector: {collected}");
    println!(
        "bundle: {:.1} MB for {lines} application log lines",
        fs::metadata(bundle)?.len() as f64 / 1e6
    );
    let analyzed = measure::run(programs.analyzer().arg("analyze").arg(bundle))?;
    println!("analyzer: {analyzed}");
    Ok(())
}
