//! Bundles that somebody damaged: bytes by chance, and values by those that hurt.
