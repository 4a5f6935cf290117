//! Small evidence for tests.
