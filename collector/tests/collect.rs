//! The collector as its users run it, against a simulated account.

#[path = "collect/bundle.rs"]
mod bundle;
#[path = "collect/changes.rs"]
mod changes;
#[path = "collect/commands.rs"]
mod commands;
#[path = "collect/deployers.rs"]
mod deployers;
#[path = "collect/errors.rs"]
mod errors;
#[path = "collect/full.rs"]
mod full;
#[path = "collect/gaps.rs"]
mod gaps;
#[path = "collect/image.rs"]
mod image;
#[path = "collect/kill.rs"]
mod kill;
#[path = "collect/logs.rs"]
mod logs;
#[path = "collect/metrics.rs"]
mod metrics;
#[path = "collect/network.rs"]
mod network;
#[path = "collect/pipes.rs"]
mod pipes;
#[path = "collect/protect.rs"]
mod protect;
#[path = "collect/quotas.rs"]
mod quotas;
#[path = "collect/redact.rs"]
mod redact;
#[path = "collect/referenced.rs"]
mod referenced;
#[path = "collect/roles.rs"]
mod roles;
#[path = "collect/scene.rs"]
mod scene;
#[path = "collect/secrets.rs"]
mod secrets;
#[path = "collect/siblings.rs"]
mod siblings;
#[path = "collect/size.rs"]
mod size;
#[path = "collect/source_dir.rs"]
mod source_dir;
#[path = "collect/stop.rs"]
mod stop;
#[path = "collect/told.rs"]
mod told;
#[path = "collect/vpc.rs"]
mod vpc;
