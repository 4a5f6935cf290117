//! The bundle format, from outside: written, read, validated.

mod bombs;
mod bundle;
mod mutated;
mod samples;
mod schema;
mod support;
