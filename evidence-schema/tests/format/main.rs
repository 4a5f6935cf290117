//! The bundle format, from outside: written, read, validated.

mod bundle;
mod samples;
mod schema;
mod support;
