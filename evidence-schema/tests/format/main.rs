//! The bundle format, from outside: written, read, validated.

mod bundle;
mod mutated;
mod samples;
mod schema;
mod support;
