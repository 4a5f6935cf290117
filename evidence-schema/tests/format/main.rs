//! The bundle format, from outside: written, read, validated.

mod bundle;
mod schema;
mod support;
