//! The committed bundles are diagnosed no worse than they were.

use accuracy::{Measured, baseline, table::Table};

#[test]
fn the_accuracy_has_not_fallen() {
    let measured = Measured::committed().expect("the accounts have bundles");
    let before = baseline::committed().expect("the baseline is what the chore writes");
    let worse = baseline::worse(&before.table, &Table::of(&measured));
    assert!(
        worse.is_empty(),
        "{}\n`cargo xtask accuracy --cases` lists the cases",
        worse.join("\n")
    );
}
